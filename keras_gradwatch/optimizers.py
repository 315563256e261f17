"""The optimizers that a model holds: Keras' own, and others."""

import keras


def find_optimizers(model) -> list:
    """Returns the optimizers that a model, or a layer of it, holds as an attribute."""
    return [item for item in _held(model) if isinstance(item, keras.optimizers.Optimizer)]


def find_foreign_optimizers(model) -> list:
    """Returns what a model holds that updates weights and is no Keras optimizer."""
    return [
        item
        for item in _held(model)
        if callable(getattr(item, "apply_gradients", None))
        and not isinstance(item, keras.optimizers.Optimizer)
    ]


def iteration(optimizers) -> int:
    """Returns the step that optimizers go on from: the lowest of their counts, 0 without any."""
    counts = [optimizer.iterations for optimizer in optimizers]
    # With accumulated gradients it is an array of JAX, which knows no `numpy()`.
    return min([int(c.numpy() if hasattr(c, "numpy") else c) for c in counts], default=0)


def _held(model):
    """What a model and its layers hold as attributes, each thing once."""
    values = [value for layer in model._flatten_layers() for value in vars(layer).values()]
    return {id(item): item for value in values for item in _items(value)}.values()


def _items(value):
    """A value, or what is in it when it is a dictionary or a list."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list | tuple):
        return [value]
    return [item for inner in value for item in _items(inner)]
