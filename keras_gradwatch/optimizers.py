"""The optimizers that a model holds, and the settings that decide how far a weight moves."""

import dataclasses
from typing import Any

import keras

_NORMALIZING = {
    "Adam": False,
    "AdamW": False,
    "Adamax": False,
    "Nadam": False,
    "Lamb": False,
    "Muon": False,
    "ScheduleFreeAdamW": False,
    "RMSprop": True,
    "Adagrad": True,
    "Adadelta": True,
}
"""The optimizers that divide by the size of the gradient plus an epsilon, and whether the epsilon
is added to its square."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """What is fixed of an optimizer and decides how far a gradient moves a weight.

    Args:
        kind: Name of its class.
        floor: Size that a gradient element must have for its update to be near the learning rate,
            `None` for an optimizer that does not divide by the size of the gradient.
        clip: Its limit on the gradient, or `None`.
        beta_2: Share of its memory of squared gradients that it keeps, or `None`.
    """

    kind: str = ""
    floor: float | None = None
    clip: float | None = None
    beta_2: float | None = None


UNKNOWN = Settings()


def settings_of(optimizer: Any) -> Settings:
    """Returns the settings of a Keras optimizer; a loss scale has those of the one inside."""
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    kind = type(optimizer).__name__
    epsilon = getattr(optimizer, "epsilon", None) if kind in _NORMALIZING else None
    if epsilon is not None and _NORMALIZING[kind]:
        epsilon = epsilon**0.5
    limits = [getattr(optimizer, n, None) for n in ("clipnorm", "clipvalue", "global_clipnorm")]
    beta_2 = getattr(optimizer, "beta_2", None)
    return Settings(kind, epsilon, next(filter(None, limits), None), beta_2)


def learning_rate_of(optimizer: Any) -> Any:
    """Returns the learning rate of the next update, a tensor where one is traced."""
    return optimizer.learning_rate


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


def idle_apply(optimizer, variables=()):
    """Returns what stands in for `optimizer.apply` in a step of which nothing is kept.

    It changes nothing, and raises what Keras raises for a variable that the optimizer does not
    know: it is built with those of its first update.

    Args:
        optimizer: The optimizer.
        variables: What `fit` builds it with before the first step, if it does.
    """
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    known = set(map(optimizer._var_key, variables))

    def apply(grads, trainable_variables=None):
        given = {optimizer._var_key(variable): variable for variable in trainable_variables or ()}
        if optimizer.built:
            optimizer._check_variables_are_known(given.values())
            return
        if not known:
            known.update(given)
        unknown = next((v for key, v in given.items() if key not in known), None)
        if unknown is not None:
            raise ValueError(
                f"Unknown variable: {unknown.path}. The optimizer made its first update with "
                "other variables, and knows only those."
            )

    return apply


def values_of(optimizer, trainable_variables, optimizer_variables):
    """Returns a scope in which the variables of an optimizer have these values."""
    variables = [*optimizer._trainable_variables, *optimizer.variables]
    values = [*trainable_variables, *optimizer_variables]
    return keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True)))


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
