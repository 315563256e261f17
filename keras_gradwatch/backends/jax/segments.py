"""A run of operations as one compiled function: all its values, and all its gradients."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from keras_gradwatch.backends.jax.derivatives import is_float
from keras_gradwatch.recording.graph import Operation

COMPILER = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
"""Each function runs once or a few times: what compiles fast is fast."""


@dataclasses.dataclass(frozen=True, eq=False)
class Node:
    """One computation of a step.

    Args:
        derivative: What it computes, see `Derivative`.
        inputs: Numbers of the values that it reads.
        outputs: Numbers of the values that it makes.
        operation: The operation that it is, `None` where it is made of constants alone.
    """

    derivative: Any
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    operation: Operation | None


@dataclasses.dataclass(frozen=True)
class Failure:
    """A backward pass that raised."""

    node: Node
    error: Exception


class Segment:
    """Nodes without control flow between them. Those of each step of a loop are alike.

    Args:
        nodes: The nodes, in the order of execution.
        avals: Shape and type of every value of the step, by number.
        compiled: The compiled functions of the step, which segments share that are alike.

    Attributes:
        nodes: The nodes.
        inputs: Numbers of the values that come from outside.
        outputs: Numbers of the values that are made.
    """

    def __init__(self, nodes: Sequence[Node], avals: Sequence, compiled: dict[Any, Any]):
        self.nodes = nodes
        self._compiled = compiled
        self.outputs = [n for node in nodes for n in node.outputs]
        made = set(self.outputs)
        self.inputs = list(dict.fromkeys(n for node in nodes for n in node.inputs if n not in made))
        self._values = [*self.inputs, *self.outputs]
        self.floats = [is_float(avals[n]) for n in self._values]
        place = {number: i for i, number in enumerate(self._values)}
        self.wiring = [
            (
                node.derivative,
                tuple(place[n] for n in node.inputs),
                tuple(place[n] for n in node.outputs),
            )
            for node in nodes
        ]
        types = tuple((avals[n].shape, str(avals[n].dtype)) for n in self.inputs)
        self._key = (types, tuple((id(d), i, o) for d, i, o in self.wiring))

    def forward(self, arrays: Sequence) -> list:
        """Returns all values that are made.

        Args:
            arrays: The values of `inputs`.
        """
        if self._runs_on_host:
            return self._run(*arrays)
        make = lambda: jax.jit(self._run, compiler_options=COMPILER)  # noqa: E731
        return self._kept(self._key, make)(*arrays)

    @property
    def _runs_on_host(self) -> bool:
        return any(derivative.runs_on_host for derivative, _, _ in self.wiring)

    def _run(self, *arrays) -> list:
        values = dict(enumerate(arrays))
        for derivative, inputs, outputs in self.wiring:
            made = derivative.forward(*(values[i] for i in inputs))
            values.update(zip(outputs, made, strict=True))
        return [values[i] for i in range(len(arrays), len(self._values))]

    def backward(
        self, arrays: Sequence, cotangents: dict[int, Any], wanted: set[int]
    ) -> tuple[dict[int, Any], list[Failure]]:
        """Goes back through the segment.

        Args:
            arrays: All values of the step, by number.
            cotangents: The gradients from later segments, by number.
            wanted: Numbers of the values whose gradients are asked for.

        Returns:
            The gradients at the values of the segment, and what raised, the last one first.
        """
        given = tuple(i for i, n in enumerate(self._values) if cotangents.get(n) is not None)
        if not any(i >= len(self.inputs) and self.floats[i] for i in given):
            return {}, []
        pairs = zip(self._values, self.floats, strict=True)
        asked = tuple(n in wanted and is_floating for n, is_floating in pairs)
        run = self._way_back(given, asked)
        values = [arrays[n] for n in self._values]
        made = run(values, [cotangents[self._values[i]] for i in given])
        found = dict(zip((self._values[i] for i in run.found), made, strict=True))
        return found, [Failure(self.nodes[i], error) for i, error in run.failures]

    def _way_back(self, given: tuple, asked: tuple) -> "_WayBack":
        make = lambda: _WayBack(self, given, asked, not self._runs_on_host)  # noqa: E731
        return self._kept((self._key, given, asked), make)

    def _kept(self, key: Any, make: Callable[[], Any]) -> Any:
        """One function for all segments that are alike."""
        if key not in self._compiled:
            self._compiled[key] = make()
        return self._compiled[key]


class _WayBack:
    """The way back through segments that are alike.

    Args:
        segment: One of them.
        given: Places of the values whose gradient is known.
        asked: For each value whether its gradient is asked for.
        is_compiled: Whether it is compiled.

    Attributes:
        found: Places of the gradients that a call returns.
        failures: Which node raised, and what.
    """

    def __init__(self, segment: Segment, given: tuple, asked: tuple, is_compiled: bool):
        self.found: list[int] = []
        self.failures: list[tuple[int, Exception]] = []
        self._wiring, self._floats = segment.wiring, segment.floats
        self._given, self._asked = given, asked
        self._call = jax.jit(self._run, compiler_options=COMPILER) if is_compiled else self._run

    def __call__(self, values: Sequence, passed: Sequence) -> list:
        return self._call(values, passed)

    def _run(self, values, passed) -> list:
        gradients = dict(zip(self._given, passed, strict=True))
        self.failures = []
        for index in reversed(range(len(self._wiring))):
            for place, gradient in self._of_node(index, values, gradients):
                if gradient is not None:
                    other = gradients.get(place)
                    gradients[place] = gradient if other is None else _sum(other, gradient)
        self.found = list(gradients)
        return list(gradients.values())

    def _of_node(self, index, values, gradients) -> list[tuple[int, Any]]:
        """The gradients that one node gives back, with their places."""
        derivative, inputs, outputs = self._wiring[index]
        above = [gradients.get(i) if self._floats[i] else None for i in outputs]
        chosen = tuple(p for p, i in enumerate(inputs) if self._asked[i])
        if not chosen or all(gradient is None for gradient in above):
            return []
        arrays = [[values[i] for i in places] for places in (inputs, outputs)]
        try:
            found = derivative.backward(*arrays, above, chosen)
        except Exception as error:  # It cannot be differentiated, and JAX says so.
            self.failures.append((index, error))
            return []
        return list(zip((inputs[p] for p in chosen), found, strict=True))


def _sum(one, other):
    if isinstance(one, np.ndarray):
        return np.add(one, np.asarray(other))
    return jax.numpy.add(one, other)
