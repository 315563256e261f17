"""From the gradients that an optimizer is given to a few small tensors that leave the step.

What a weight's own regularizer adds to its gradient is taken out first: the statistics are of the
gradient of the loss.

Gradients come as `None`, dense, or `tf.IndexedSlices` (embeddings). Small ones of one shape are
stacked and measured together; an IndexedSlices is summed over its repeated rows and made dense only
where a penalty reaches all of its rows.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_gradwatch import statistics
from keras_gradwatch.backends import backend
from keras_gradwatch.backends.base import Updates
from keras_gradwatch.optimizers import learning_rate_of
from keras_gradwatch.step import penalties

# Stacking copies: worth it where the launch of an operation costs more than the copy.
STACKED_SIZE = 2**16

MEASURED = (*statistics.NAMES, "weight_norm", "update_norm", "learning_rate")
"""The statistics that leave the step; the update ratio is a quotient of two of them."""


@dataclasses.dataclass(frozen=True)
class Group:
    """Which variables of an application are measured together, in the order of the outputs."""

    positions: tuple[int, ...]


@dataclasses.dataclass
class Application:
    """One call of `optimizer.apply`, seen from inside the step.

    Args:
        optimizer: The optimizer that was called.
        variables: The variables it was given.
        gradients: A gradient for each of them: `None`, dense or IndexedSlices.
        before: Values of the variables that have a gradient before the update, by position.
        scale: Factor by which the loss, and so each gradient, was multiplied; `None` for 1.
        updates: The `Updates` since before the update, or `None`: then it is a difference.
        regularizers: By position, the regularizers whose penalty is in the gradient and is known.
        learning_rate: Learning rate of the update.
        groups: What is measured of it, from `groups`.
    """

    optimizer: Any
    variables: list
    gradients: list
    before: dict[int, Any]
    scale: Any
    updates: Updates | None = None
    regularizers: dict[int, Any] = dataclasses.field(default_factory=dict)
    learning_rate: Any = math.nan
    groups: list[Group] = dataclasses.field(default_factory=list)


def application(optimizer, variables, grads, is_watched, asked) -> Application:
    """Returns what is known of a call of `optimizer.apply` before it runs.

    Args:
        optimizer: The optimizer.
        variables: The variables it is given.
        grads: A gradient for each of them, or `None`.
        is_watched: Function of a variable that says whether it is measured.
        asked: For `penalties.of_variable`.
    """
    watched = {
        i: variable
        for i, variable in enumerate(variables)
        if grads[i] is not None and is_watched(variable)
    }
    with backend().without_autograd():
        before = {i: backend().value_of(variable) for i, variable in watched.items()}
    one = ops.ones((), "float32")
    scale = optimizer.scale_loss(one)
    found = {i: penalties.of_variable(v, asked) for i, v in watched.items()}
    return Application(
        optimizer,
        variables,
        grads,
        before,
        None if scale is one else scale,
        updates=backend().observe_updates(watched),
        regularizers={i: regularizer for i, regularizer in found.items() if regularizer},
        learning_rate=learning_rate_of(optimizer),
    )


def groups(application: Application, is_watched: Callable[[Any], bool]) -> list[Group]:
    """Puts the gradients of one application into groups that are measured together.

    Args:
        application: The application.
        is_watched: Function of a variable that says whether it is watched.

    Returns:
        The groups, those of the smallest gradients first; a variable without one is in none.
    """
    stacked: dict[Any, list[int]] = {}
    for position, gradient in enumerate(application.gradients):
        if gradient is None or not is_watched(application.variables[position]):
            continue
        shape = tuple(application.variables[position].shape)
        is_small = math.prod(shape) <= STACKED_SIZE and not is_sparse(gradient)
        alike = (shape, position in application.regularizers)
        stacked.setdefault(alike if is_small else position, []).append(position)
    return sorted(
        (Group(tuple(positions)) for positions in stacked.values()),
        key=lambda group: _size(application, group),
    )


def measure(application: Application, groups: list[Group], with_histogram: bool) -> dict[str, Any]:
    """Computes all that is wanted of the gradients of an application, before the update.

    Args:
        application: The application.
        groups: Positions of the variables in it.
        with_histogram: Whether what the histogram is made of is counted as well.

    Returns:
        `statistics`, float32 `[len(statistics.NAMES), weights]`; `alive`, uint8 `[channels of all
        weights]`; `exponents`, integers `[weights, 2, 256]`, where they were counted; and
        `penalty_share`, float32 `[weights]`, where a weight has a penalty. Empty without a group.
    """
    if not groups:
        return {}
    measurable = [_gradients(application, group) for group in groups]
    stacks, shares = [stack for stack, _ in measurable], [share for _, share in measurable]
    sizes = [_size(application, group) for group in groups]
    measured, alive = backend().compute_statistics(stacks, sizes)
    packed = {"statistics": measured, "alive": ops.cast(alive, "uint8")}
    if with_histogram:
        packed["exponents"] = backend().count_exponents(stacks, sizes)
    if application.regularizers:
        packed["penalty_share"] = _penalty_shares(groups, shares)
    return packed


def with_changes(
    measured: dict[str, Any], application: Application, groups: list[Group]
) -> dict[str, Any]:
    """Returns what was measured of an application with what the update has changed.

    Args:
        measured: What `measure` returned: `statistics` becomes `[len(MEASURED), weights]`.
        application: The application, with the variables updated.
        groups: Positions of the variables in it.
    """
    if not groups:
        return {}
    rows = measured["statistics"]
    rate = ops.broadcast_to(ops.cast(application.learning_rate, "float32"), (1, rows.shape[1]))
    return measured | {"statistics": ops.concatenate([rows, _changes(application, groups), rate])}


def is_spoiled(measured: dict[str, Any]):
    """Boolean scalar: a gradient holds a NaN or an Inf.

    Args:
        measured: What `measure` returned.
    """
    return ops.any(measured["statistics"][statistics.NAMES.index("nonfinite")] > 0)


def pack(applications: list[dict[str, Any]]) -> dict[str, Any]:
    """Joins what was measured of the applications of a step.

    Args:
        applications: What `measure` returned for each.

    Returns:
        The same for all weights.
    """
    measured = [one for one in applications if one]
    if len(measured) < 2:
        return measured[0] if measured else {}
    if any("penalty_share" in one for one in measured):
        none = [{"penalty_share": ops.zeros(one["statistics"].shape[1])} for one in measured]
        measured = [others | one for others, one in zip(none, measured, strict=True)]
    return {
        name: ops.concatenate([one[name] for one in measured], axis=int(name == "statistics"))
        for name in measured[0]
    }


def is_sparse(gradient: Any) -> bool:
    """Whether a gradient is a `tf.IndexedSlices`, asked without importing tensorflow."""
    return hasattr(gradient, "indices") and hasattr(gradient, "dense_shape")


def all_finite(gradients):
    """Boolean scalar: no gradient holds a NaN or an Inf."""
    values = [g.values if is_sparse(g) else g for g in gradients if g is not None]
    checks = [ops.all(ops.isfinite(value)) for value in values]
    return ops.all(ops.stack(checks)) if checks else ops.convert_to_tensor(True)


def _size(application, group) -> int:
    """Number of elements of each gradient of a group."""
    return math.prod(application.variables[group.positions[0]].shape)


def _gradients(application, group):
    """The gradients of the loss of a group, `[weights, rows, channels]`, and the penalties' share.

    They are without the scale of the loss, and the share is `None` where there is no penalty.
    """
    regularizers = [application.regularizers.get(i) for i in group.positions]
    gradients = [application.gradients[i] for i in group.positions]
    if regularizers[0] is None:
        return _unscaled(application, gradients), None
    values = [application.before[i] for i in group.positions]
    added = backend().stack(list(map(penalties.gradient, regularizers, values)))
    # A penalty reaches all rows of an embedding, whichever the batch has read.
    dense = [ops.convert_to_tensor(gradient) for gradient in gradients]
    dtype = keras.backend.standardize_dtype(dense[0].dtype)
    return penalties.take_out(_unscaled(application, dense), added, dtype)


def _unscaled(application, gradients):
    stack = backend().stack(gradients)
    if application.scale is None:
        return stack
    return stack / ops.cast(application.scale, "float32")


def _penalty_shares(groups, shares):
    """The share of the penalty of all weights, 0 for those that have none."""
    return ops.concatenate(
        [
            ops.zeros(len(group.positions)) if share is None else share
            for group, share in zip(groups, shares, strict=True)
        ]
    )


def _changes(application, groups):
    """Norms of the weights before the update, and of the update, `[2, weights]`."""
    known = application.updates.added() if application.updates else {}
    before = [[application.before[i] for i in group.positions] for group in groups]
    after = [[application.variables[i].value for i in group.positions] for group in groups]
    added = [[known.get(i) for i in group.positions] for group in groups]
    return backend().change_norms(before, after, added)
