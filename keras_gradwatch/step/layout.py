"""What is static of an observed step: which weight stands where in the tensors that leave it."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from keras_gradwatch.step.gradients import Application
from keras_gradwatch.weights import Weight, describe


@dataclasses.dataclass(frozen=True)
class StepLayout:
    """Where the outputs of an observed step belong; made while the step is traced.

    Args:
        weights: The watched weights that an optimizer was given, in the order of the model.
        rows: For each weight its row in the outputs, -1 where its gradient is missing.
        channels: Number of output channels of each row.
        is_loss_scaled: Whether an optimizer skips a step that is not finite.
    """

    weights: tuple[Weight, ...]
    rows: tuple[int, ...]
    channels: tuple[int, ...]
    is_loss_scaled: bool

    @functools.cached_property
    def missing(self) -> np.ndarray:
        """Boolean `[weights]`: the weight got no gradient."""
        return np.array(self.rows, int) < 0

    @functools.cached_property
    def indices(self) -> np.ndarray:
        """For each weight its row in the outputs, any where its gradient is missing."""
        return np.maximum(np.array(self.rows, int), 0)

    @functools.cached_property
    def sizes(self) -> np.ndarray:
        """Number of elements of each weight, `[weights]`."""
        return np.array([weight.size for weight in self.weights], "int64")

    @functools.cached_property
    def channel_starts(self) -> np.ndarray:
        """Where the channels of each row begin, and at last where all end."""
        return np.cumsum((0, *self.channels))


def layout_of(
    applications: Sequence[Application],
    paths: dict[int, str],
    is_watched: Callable[[Any], bool],
) -> StepLayout:
    """Returns the layout of a step.

    Args:
        applications: The calls of `optimizer.apply`, in order.
        paths: Unique path of each variable by `id`, in the order of the model.
        is_watched: Function of a variable that says whether it is watched.
    """
    places = _places(applications, is_watched)
    order = {identity: i for i, identity in enumerate(paths)}
    kept = [places[i] for i in sorted(places, key=lambda i: order.get(i, len(order)))]
    measured = [variable for _, variable in _measured(applications)]
    return StepLayout(
        weights=tuple(
            describe(variable, paths.get(id(variable), variable.path), optimizer)
            for variable, optimizer, _ in kept
        ),
        rows=tuple(row for _, _, row in kept),
        channels=tuple(v.shape[-1] if len(v.shape) else 1 for v in measured),
        is_loss_scaled=any(hasattr(optimizer, "dynamic_scale") for _, optimizer, _ in kept),
    )


def _measured(applications):
    """Each application and variable that was measured, in the order of the outputs."""
    return [(a, a.variables[p]) for a in applications for g in a.groups for p in g.positions]


def _places(applications, is_watched):
    """For each watched variable its optimizer and its row in the outputs, -1 where missing.

    A variable that several calls of `apply` were given keeps the last gradient it got.
    """
    places: dict[int, tuple[Any, Any, int]] = {}
    for application in applications:
        for variable, gradient in zip(application.variables, application.gradients, strict=True):
            if gradient is None and is_watched(variable):
                places.setdefault(id(variable), (variable, application.optimizer, -1))
    for row, (application, variable) in enumerate(_measured(applications)):
        places[id(variable)] = (variable, application.optimizer, row)
    return places
