"""The batch that `diagnose` is given: arrays, or the first batch of a data set."""

from collections.abc import Iterable
from typing import Any

import keras


def check_model(model, *others) -> None:
    """Checks that the first argument of `diagnose` is a compiled model.

    Args:
        model: What was passed as the model.
        *others: What was passed after it.

    Raises:
        ValueError: If it is not.
    """
    if not isinstance(model, keras.Model):
        swapped = any(isinstance(other, keras.Model) for other in others)
        hint = " The order is `diagnose(model, x, y)`." if swapped else ""
        raise ValueError(f"`model` must be a Keras model. Received: {_described(model)}.{hint}")
    if not model.compiled:
        raise ValueError(
            "`model` must be compiled: call `model.compile(optimizer, loss)` first. "
            f"Received: model={model!r}"
        )


def first_batch(x, y=None, sample_weight=None) -> Any:
    """Returns one batch as tensors, as a train step gets it.

    Args:
        x: Inputs of one batch; or batches, of which the first is taken: a `tf.data.Dataset`, a
            `PyDataset`, a `DataLoader`, a generator.
        y: Targets, `None` with batches.
        sample_weight: Weights of the rows, `None` with batches.

    Raises:
        ValueError: If they are no batch.
    """
    if _gives_batches(x):
        if y is not None or sample_weight is not None:
            raise ValueError(
                "`y` and `sample_weight` must be None when `x` gives batches, which hold them. "
                f"Received: {_described(x)}"
            )
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(_first(x))
    packed = keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
    try:
        return keras.tree.map_structure(keras.ops.convert_to_tensor, packed)
    except Exception as error:
        raise ValueError(
            f"`x` and `y` must be arrays, tensors, or batches of them. Received: {_described(x)}, "
            f"{_described(y)}: {error}"
        ) from error


def _gives_batches(x) -> bool:
    """Arrays have a shape, and lists and dictionaries of arrays are the inputs of one batch."""
    if isinstance(x, keras.utils.PyDataset):
        return True
    is_one_batch = hasattr(x, "shape") or isinstance(x, list | tuple | dict | str)
    return isinstance(x, Iterable) and not is_one_batch


def _first(batches):
    batches = (batches[0],) if isinstance(batches, keras.utils.PyDataset) else batches
    for batch in batches:
        return batch
    raise ValueError(f"`x` must give at least one batch. Received: {_described(batches)}")


def _described(value) -> str:
    """A value by its type and shape: data can fill the screen."""
    shape = getattr(value, "shape", None)
    kind = type(value).__name__ if not isinstance(value, type) else f"the class {value.__name__}"
    return kind if shape is None else f"{kind} of shape {tuple(shape)}"
