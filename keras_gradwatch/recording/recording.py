"""What one run of a train step did: a backend's recorder makes it, the diagnosis reads it."""

import dataclasses
import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from keras_gradwatch.findings import Location
from keras_gradwatch.recording.graph import Backward, Graph

LARGEST_STEP = 200_000
"""Operations of one step that are kept; a longer step is not searched."""
LARGEST_MEMORY = 4 * 2**30
"""Bytes of the values of one step that are kept; their gradients take as much again."""


class NotRecorded(RuntimeError):
    """The step cannot be recorded; the text says why."""


class TooLarge(NotRecorded):
    """The step has more operations, or larger values, than are kept."""


def check_size(operations: int, size: int) -> None:
    """Raises where a step is too large to be kept.

    Args:
        operations: Number of operations so far.
        size: Bytes of their values.

    Raises:
        TooLarge: If one of them is above its limit.
    """
    if operations > LARGEST_STEP or size > LARGEST_MEMORY:
        raise too_large(operations, size)


def too_large(operations: int, size: int) -> TooLarge:
    """Returns the error that says how large a step is."""
    return TooLarge(
        f"The step is too large: {operations} operations, {size / 2**30:.1f} GiB of values."
    )


@dataclasses.dataclass(frozen=True, eq=False)
class Variable:
    """A variable that the step read, whether the model knows it or not.

    Args:
        path: Its path where it has one, its name otherwise; unique within the model.
        name: Its own name, without that of the layer.
        shape: Its shape.
        dtype: Its type as Keras names it.
        trainable: Whether it is to be trained.
        is_tracked: Whether it is one of the model's variables.
        is_written: Whether the step writes to it, besides the optimizer.
        value: Gives its elements as NumPy.
        holders: What a layer may hold as an attribute when it holds this variable: the variable of
            Keras, and the framework's own.
    """

    path: str
    name: str
    shape: tuple[int, ...]
    dtype: str
    trainable: bool
    is_tracked: bool
    is_written: bool
    value: Callable[[], np.ndarray]
    holders: tuple[Any, ...]

    def is_held_by(self, attribute: Any) -> bool:
        """Whether an attribute of a layer is this variable, or a list or dictionary with it."""
        return any(item is holder for item in items_of(attribute) for holder in self.holders)


def items_of(attribute: Any) -> Sequence:
    """Returns what an attribute holds: the elements of a list or a dictionary, or itself."""
    if isinstance(attribute, dict):
        return list(attribute.values())
    return attribute if isinstance(attribute, list | tuple) else (attribute,)


@dataclasses.dataclass
class LayerCall:
    """One call of a layer.

    Args:
        layer: The layer.
        arguments: Its positional and keyword arguments.
        outputs: What it returned.
        lines: The user's lines that called it.
        first: Number of the first operation inside the call.
        last: Number of the operation after the last one inside.
    """

    layer: Any
    arguments: tuple
    outputs: Any
    lines: tuple
    first: int
    last: int


def layers_of(calls: Iterable[Any]) -> list[Any]:
    """Returns the layers of some calls, each once, in the order of their first call.

    Args:
        calls: The calls: `LayerCall`, or what a recorder keeps of one.
    """
    return list({id(call.layer): call.layer for call in calls}.values())


@dataclasses.dataclass
class Recording:
    """What one run of the train step did.

    Args:
        graph: Its operations and values.
        backward: Each backward pass for weights, in the order in which they ran.
        calls: The calls of layers, in the order in which they ended.
        variables: The variable that each value of a variable belongs to, by the value's number.
        data: Numbers of the values of the batch.
        error: What the step raised, or `None`.
        number_of: Gives the number of a tensor that the program holds, `None` for an unknown one.
        attributes_of: Gives the attributes of a layer by name.
        made_at: For the `id` of each layer that was made while the step ran, the lines that made
            it, innermost first.
        written: The graph as it was written, where `graph` has more operations: to compare shapes.
    """

    graph: Graph
    backward: list[Backward]
    calls: list[LayerCall]
    variables: dict[int, Variable]
    data: list[int]
    error: Exception | None
    number_of: Callable[[Any], int | None]
    attributes_of: Callable[[Any], dict[str, Any]] = vars
    made_at: dict[int, tuple[Location, ...]] = dataclasses.field(default_factory=dict)
    written: Graph | None = None

    @functools.cached_property
    def holding_layers(self) -> dict[int, Any]:
        """For the `id` of all that called layers hold, by itself or in a list or a dictionary, the
        first layer that does."""
        found: dict[int, Any] = {}
        for layer in layers_of(self.calls):
            for attribute in self.attributes_of(layer).values():
                for item in items_of(attribute):
                    found.setdefault(id(item), layer)
        return found

    @property
    def overflows(self) -> bool:
        """Whether the gradient of a weight is not finite."""
        gradients = (b.gradient_of(w) for b in self.backward for w in b.weights)
        return any(g is not None and not np.isfinite(g).all() for g in gradients)
