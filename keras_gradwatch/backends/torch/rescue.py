"""The values of a model from before an update that spoils it, and from no other."""

from typing import Any

from keras_gradwatch.backends.torch.step import value_of


def rescues(model: Any) -> bool:
    """Whether an observed step gives the values: it must look whether they are wanted, and would
    wait for a device other than the CPU."""
    return all(variable.value.device.type == "cpu" for variable in model.variables)


def observe_values(model: Any) -> "Rescue":
    """Begins to see the values of a model."""
    return Rescue(model)


class Rescue:
    """Sees the values of a model before an update; made where the step begins.

    Args:
        model: The model.
    """

    def __init__(self, model: Any):
        # Before the update a step writes to statistics of a batch and to states of generators.
        self._early = {id(v): value_of(v) for v in model.variables if not v.trainable}
        self._model = model

    def values(self, is_spoiled: Any) -> list:
        """Returns the values, empty where none are wanted.

        Args:
            is_spoiled: Boolean scalar: they are wanted. Values that are not finite themselves are
                not worth to be kept.
        """
        if not is_spoiled:
            return []
        values = [self._early.get(id(v), v.value.detach()) for v in self._model.variables]
        is_good = all(value.isfinite().all() for value in values)
        return [value.clone() for value in values] if is_good else []


def rescued(model: Any, values: list) -> list:
    """Returns a snapshot of the values that left a step, empty where none were wanted.

    Args:
        model: The model.
        values: What `Rescue.values` returned.
    """
    return list(zip(model.variables, values, strict=True)) if values else []
