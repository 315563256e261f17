"""The rule for weights that have a gradient and do not move, told apart by their optimizer."""

from collections.abc import Iterator

import numpy as np

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.window import Window
from keras_gradwatch.rules.grouping import paths
from keras_gradwatch.rules.scale import kernels

_PRECISION = {"bfloat16": 8, "float16": 11, "float32": 24, "float64": 53}
"""Bits of a number: what is below 2**-bits of a weight may be lost when it is added."""

_MARGIN = 4
"""The elements of a weight, and of a gradient, are of several sizes: a factor for their spread."""


def standing_still(
    window: Window, *, patience: int = 3, progress: float = 0.05
) -> Iterator[Finding]:
    """Finds weights that have a gradient and stay where they are, and says which number holds them.

    Args:
        window: What has been measured so far.
        patience: Number of samples in a row. A learning rate that warms up from 0 holds the
            weights for its first step only.
        progress: Share of its first value by which the loss must have come down, or be unknown, for
            weights that moved before to be information only: the schedule has come to its end, or
            the training has converged.
    """
    still = window.streak("still") >= patience
    if not still.any():
        return
    has_moved = window.largest_update() > window.of_weights(_settings)[2]
    is_done = not window.progress <= progress and has_moved[still].any()
    is_quiet = is_done or _is_at_rounding(window) or not kernels(window)[still].any()
    for reason, concerned in _reasons(window):
        positions = np.flatnonzero(still & concerned).tolist()
        if positions:
            yield _finding(window, positions, "info" if is_quiet else "warning", reason)


def _is_at_rounding(window):
    """Whether rounding the weights changes the loss by as much as half of it: it is at its lowest.

    At a minimum that weights miss by their rounding r, the loss is h * r**2 / 2 and the gradient is
    h * r, whatever the curvature h is, so that gradient times rounding is twice the loss.
    """
    record = window.latest
    rounding = window.of_weights(_settings)[2] * record["weight_norm"]
    return np.nansum(record["norm"] * rounding) > abs(record.loss) / 2


def _reasons(window):
    """Each reason with the weights that it holds, the first that holds a weight wins."""
    record = window.latest
    rate = np.broadcast_to(record.learning_rate, len(window.weights))
    floor, clip, rounding, loses_beta = window.of_weights(_settings)
    size = record["weight_norm"] / np.sqrt(window.of_weights(_sizes))
    largest = record["max_abs"]
    with np.errstate(invalid="ignore"):
        # Dividing by the size of the gradient makes 1 of what is not below the epsilon.
        step = np.where(np.isnan(floor), np.minimum(largest, clip), np.minimum(largest / floor, 1))
        is_lost = rate * step < _MARGIN * rounding * size
        is_held = (rate == 0, loses_beta, is_lost & (largest < floor), is_lost & (largest > clip))
    left = np.ones(len(rate), bool)
    for reason, holds in zip((_RATE, _BETA, _EPSILON, _CLIP), is_held, strict=True):
        yield reason, left & holds
        left &= ~holds
    yield _ROUNDING, left & is_lost & ~np.isnan(floor)
    yield _PRODUCT, left & is_lost & np.isnan(floor)
    yield _UNKNOWN, left & ~is_lost


def _sizes(weights):
    return np.array([max(weight.size, 1) for weight in weights], float)


def _settings(weights):
    """Of each weight: epsilon, clipping, rounding, and whether beta_2 is rounded to 1."""
    settings = [weight.settings for weight in weights]
    bits = np.array([_PRECISION.get(weight.dtype, 24) for weight in weights])
    floor = np.array([np.nan if s.floor is None else s.floor for s in settings])
    clip = np.array([np.inf if s.clip is None else s.clip for s in settings])
    # Only what divides by the square of the gradients corrects for beta_2.
    kept = np.array([0 if s.floor is None else s.beta_2 or 0 for s in settings])
    return floor, clip, 2.0**-bits, 1 - kept < 2.0 ** -(bits + 1)


def _finding(window, positions, severity, reason):
    record = window.latest
    weight = window.weights[positions[0]]
    settings = weight.settings
    numbers = {
        "learning_rate": float(
            np.broadcast_to(record.learning_rate, len(window.weights))[positions[0]]
        ),
        "largest_gradient": float(record["max_abs"][positions].max()),
        "epsilon": settings.floor,
        "clip": settings.clip,
        "dtype": weight.dtype,
    }
    message, explanation, remedy = (
        text.format(optimizer=settings.kind or weight.optimizer, beta_2=settings.beta_2, **numbers)
        for text in reason
    )
    streak = window.streak("still")
    return Finding(
        "frozen",
        code="GW212",
        severity=severity,
        weights=paths(window, positions),
        message=f"{len(positions)} of {len(streak)} weights have a gradient and do not move: "
        f"{message}.",
        explanation=explanation,
        remedy=remedy,
        evidence={
            "samples": int(streak[positions].min()),
            "since_step": int(window.since("still")[positions].max()),
            **numbers,
        },
    )


_RATE = (
    "the learning rate is 0",
    "An update is the learning rate times what the optimizer makes of the gradient.",
    "Set `optimizer.learning_rate`, or look at the schedule or callback that sets it to 0.",
)
_BETA = (
    "in {dtype} the beta_2={beta_2} of {optimizer} is rounded to 1",
    "The bias correction, 1 - beta_2**step, is 0 then, and with it each update.",
    'Keep the weights in float32: the policy "mixed_{dtype}" in place of "{dtype}"; or a smaller '
    "beta_2.",
)
_EPSILON = (
    "no element of their gradients is above {largest_gradient:.1e}, and the epsilon of {optimizer} "
    "ends its effect below {epsilon:.1e}",
    "The optimizer divides by the size of the gradient plus an epsilon: what is far below the "
    "epsilon changes a weight by less than its rounding. The learning rate is not the reason.",
    "Find out why the gradient is so small, or scale the loss. A smaller `epsilon` lets the "
    "optimizer follow it.",
)
_CLIP = (
    "the gradient, up to {largest_gradient:.1e}, is clipped to {clip:.1e}",
    "The learning rate times what is left of the gradient is lost when it is added to the weight.",
    "Clip at a size that gradients usually have.",
)
_ROUNDING = (
    "the learning rate, {learning_rate:.1e}, is so small that the update is lost in the rounding "
    "of {dtype}",
    "An update of less than half of the distance from a number to the next one changes nothing.",
    "Use a larger learning rate, or weights of float32 where they are shorter.",
)
_PRODUCT = (
    "the learning rate, {learning_rate:.1e}, times the gradient, {largest_gradient:.1e} at most, "
    "is lost in the rounding of {dtype}",
    "An update of less than half of the distance from a number to the next one changes nothing.",
    "Find out why the gradient is so small where the learning rate is usual; otherwise raise the "
    "learning rate, or use weights of float32 where they are shorter.",
)
_UNKNOWN = (
    "nothing that is known of the optimizer explains it (learning rate {learning_rate:.1e}, "
    "gradient up to {largest_gradient:.1e})",
    "",
    "See whether a constraint or the train step puts the weights back, and whether the optimizer "
    "remembers far larger gradients.",
)
