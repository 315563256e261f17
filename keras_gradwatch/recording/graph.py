"""One training step as plain nodes: which operation made which value, from which, on which line."""

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from keras_gradwatch.findings import Location


@dataclasses.dataclass(frozen=True, eq=False)
class Operation:
    """One operation of the forward pass.

    Args:
        index: Its place in the order of execution.
        type: Type of the operation, as the framework names it: to be shown, not to be asked.
        kind: What it does to a gradient, one of `kinds.KINDS`.
        spoken: What people call it in a sentence: "argmax", "a comparison".
        inputs: Numbers of the values it read.
        outputs: Numbers of the values it made.
        lines: The user's source lines that led to it, innermost first.
        layer: Path of the innermost layer whose call it belongs to, or `None`.
        on_tape: Whether the gradient tape recorded it.
        attributes: Further facts, by name.
    """

    index: int
    type: str
    kind: str
    spoken: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    lines: tuple[Location, ...]
    layer: str | None
    on_tape: bool
    attributes: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def location(self) -> Location | None:
        """The innermost line of the user's."""
        return self.lines[0] if self.lines else None

    def line_beside(self, lines: Iterable[Location]) -> Location | None:
        """Its line in the innermost function that some other lines stand in as well.

        Args:
            lines: The other lines.

        Returns:
            The line; its innermost one where no function is shared.
        """
        others = set(lines)
        functions = {(line.file, line.function) for line in others}
        beside = (
            line
            for line in self.lines
            if (line.file, line.function) in functions and line not in others
        )
        return next(beside, self.location)


class Graph:
    """The operations of one step and the values between them.

    Args:
        operations: The operations in the order of execution.
        value_of: Gives the array of a value, or `None` where it is none.
        is_float: Says whether a value is of a floating-point type.
    """

    def __init__(
        self,
        operations: list[Operation],
        value_of: Callable[[int], np.ndarray | None],
        is_float: Callable[[int], bool],
    ):
        self.operations = operations
        self.value_of = value_of
        self.is_float = is_float
        self.made_by: dict[int, Operation] = {}
        self.read_by: dict[int, list[Operation]] = {}
        self._needed: dict[tuple[int, ...], set[int]] = {}
        for operation in operations:
            for value in operation.outputs:
                self.made_by[value] = operation
            for value in operation.inputs:
                self.read_by.setdefault(value, []).append(operation)

    def makes(self, operation: Operation) -> bool:
        """Whether an operation's outputs are its own: a custom gradient takes them over."""
        return any(self.made_by[value] is operation for value in operation.outputs)

    def needed(self, backward: "Backward") -> set[int]:
        """All values that the losses of a backward pass depend on."""
        if backward.losses not in self._needed:
            self._needed[backward.losses] = self.before(backward.losses)
        return self._needed[backward.losses]

    def after(self, values: Iterable[int]) -> set[int]:
        """All values that depend on some of `values`, with these."""
        reached, waiting = set(), list(values)
        while waiting:
            value = waiting.pop()
            if value not in reached:
                reached.add(value)
                for operation in self.read_by.get(value, ()):
                    waiting += [v for v in operation.outputs if self.made_by[v] is operation]
        return reached

    def before(self, values: Iterable[int]) -> set[int]:
        """All values that some of `values` depend on, with these."""
        reached, waiting = set(), list(values)
        while waiting:
            value = waiting.pop()
            if value not in reached:
                reached.add(value)
                operation = self.made_by.get(value)
                waiting += operation.inputs if operation else ()
        return reached


@dataclasses.dataclass
class Backward:
    """One call of the tape's `gradient`: a loss, its weights, and the gradient at every value.

    Args:
        losses: Numbers of the values that were differentiated.
        weights: For each source the number of its value.
        paths: For each source the path of the weight, `None` where it is no weight.
        gradient_of: Gives the gradient at a value, or `None` where there is none.
        pull: Takes a gradient that is put in at a value back from there, and gives what
            `gradient_of` is then; raises where the framework cannot.
        failed: The operation whose backward pass raised, with the error, if one did.
        first: Number of the first operation that the tape saw.
        last: Number of the operation after the last one, `None` for the end of the step.
    """

    losses: tuple[int, ...]
    weights: tuple[int, ...]
    paths: tuple[str | None, ...]
    gradient_of: Callable[[int], np.ndarray | None]
    pull: Callable[[int, np.ndarray], Callable[[int], np.ndarray | None]]
    failed: tuple[Operation | None, Exception] | None = None
    first: int = 0
    last: int | None = None

    def put_in(self, value: int, gradient: np.ndarray) -> "Backward":
        """Returns the backward pass that a gradient makes which is put in at a value.

        Args:
            value: Number of the value.
            gradient: The gradient, of its shape.
        """
        found = self.pull(value, gradient)
        return dataclasses.replace(self, losses=(value,), gradient_of=found, failed=None)

    def sees(self, operation: Operation) -> bool:
        """Whether an operation ran while the tape was open."""
        return self.first <= operation.index and (self.last is None or operation.index < self.last)
