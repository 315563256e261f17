"""Variables that the forward pass reads like weights, and that nobody trains."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from keras_gradwatch.diagnosis.creation import creation_line
from keras_gradwatch.recording.graph import Backward
from keras_gradwatch.recording.recording import Recording, Variable


@dataclasses.dataclass(frozen=True)
class Beside:
    """A variable beside the weights.

    Args:
        cause: `"untracked"` or `"frozen"`.
        backward: The backward pass whose loss depends on it.
        number: Number of its value.
        layer: The layer that holds it, or `None`.
    """

    cause: str
    backward: Backward
    number: int
    layer: Any

    @property
    def symptom(self) -> str:
        """What is seen: no gradient, or a weight that is switched off."""
        return "missing" if self.cause == "untracked" else "frozen"

    @property
    def severity(self) -> str:
        """A weight that is switched off is so on purpose, mostly."""
        return "warning" if self.cause == "untracked" else "info"


def variables(recording: Recording) -> Iterator[Beside]:
    """Yields the variables that a loss depends on and that belong to nobody, or are frozen.

    Args:
        recording: The step.
    """
    trained = {weight for backward in recording.backward for weight in backward.weights}
    for backward in recording.backward:
        needed = recording.graph.needed(backward)
        for number, variable in recording.variables.items():
            if number in trained or number not in needed:
                continue
            layer = layer_of(recording, variable)
            if variable.trainable and not variable.is_tracked:
                yield Beside("untracked", backward, number, layer)
            elif _is_frozen(recording, variable, layer):
                yield Beside("frozen", backward, number, layer)


def layer_of(recording: Recording, variable: Variable) -> Any:
    """Returns the layer, among those that were called, that holds a variable as an attribute."""
    layers = map(recording.holding_layers.get, map(id, variable.holders))
    return next((layer for layer in layers if layer is not None), None)


def _is_frozen(recording, variable: Variable, layer) -> bool:
    """Whether a weight is switched off with its layer, or was made so by a layer of the user's."""
    is_parameter = "float" in variable.dtype and "seed" not in variable.name
    if layer is None or variable.trainable or variable.is_written or not is_parameter:
        return False
    is_off = not layer.trainable and variable.is_held_by(list(layer._trainable_variables))
    return is_off or creation_line(layer, recording.attributes_of(layer), variable) is not None
