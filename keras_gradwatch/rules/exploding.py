"""The rules for steps that are too large, and for a signal that grows from layer to layer."""

from collections.abc import Iterator

import numpy as np

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.window import Window
from keras_gradwatch.rules.grouping import number, paths
from keras_gradwatch.rules.scale import features, kernels


def overshooting(window: Window, *, reach: float = 2.0, worse: float = 0.05) -> Iterator[Finding]:
    """Finds steps that are too large: the loss has gone up since.

    Args:
        window: What has been measured so far.
        reach: Share of the loss that a step could remove to first order. On a parabola 2 goes to
            the minimum, more goes past it, and 4 is where gradient descent diverges. Where the loss
            has no scale (it is not known, or is not above 0), steps count that change most kernels
            by more than their own size, as long as they are seen.
        worse: Share of its first value by which the loss must have gone up, or be unknown.
    """
    if window.count < 2 or window.progress > -worse:
        return
    is_kernel, updates = kernels(window), window.latest["update_ratio"]
    goes_past = window.largest_reach > reach
    replaces = (
        np.isnan(window.latest.reach) and 2 * (updates > 1)[is_kernel].sum() > is_kernel.sum()
    )
    if is_kernel.any() and (goes_past or replaces):
        yield _overshot(window, np.flatnonzero(is_kernel).tolist(), goes_past)


def _overshot(window, positions, goes_past):
    largest = window.largest_update()
    worst = max(positions, key=lambda i: largest[i])
    weight = window.weights[worst]
    what = f"changed {weight.path} {weight.shape} by {number(largest[worst])} times its own norm"
    if goes_past:
        what = f"was {number(window.largest_reach)} times as long as the way to a loss of 0"
    return Finding(
        "exploding",
        code="GW207",
        severity="warning",
        weights=paths(window, positions),
        layer=weight.layer,
        message=f"A step {what}, and the loss has gone up since: the steps are too large.",
        explanation="To first order, a step lowers the loss by the gradient times the update. "
        "Where that is more than the loss, the step overshoots and the loss grows.",
        remedy="Use a smaller learning rate, or scale the inputs and targets to about 1.",
        evidence={
            "largest_reach": window.largest_reach,
            "largest_update_ratio": {window.weights[i].path: float(largest[i]) for i in positions},
            "loss_progress": window.progress,
        },
    )


def amplified(
    window: Window, *, patience: int = 3, growth: float = 30.0, noise: float = 1e4
) -> Iterator[Finding]:
    """Finds a signal that explodes on its way through the layers, from the first step on.

    All gradients of such a model are huge together and fall with the loss, as those of a healthy
    regression in large units do. The size of what enters each dense layer tells the two apart.

    Args:
        window: What has been measured so far.
        patience: Number of samples in a row.
        growth: Factor over what enters the first layer, and over 1. At 15 one healthy model of the
            detection benchmark is flagged.
        noise: Factor from which on the quotient that it is taken from is rounding noise: the
            gradient of a bias that cancels out. One layer must lie below it.
    """
    recent = list(window.records)[-patience:]
    known = [window.first, *recent]
    if len(recent) < patience or any(record.weights != window.weights for record in known):
        return
    with np.errstate(invalid="ignore"):
        if not (features(window, window.latest) > growth).any():
            return
        sizes = np.array([features(window, record) for record in known])
        start = sizes[:, _first_kernel(window)][:, None]
        ratio = sizes / np.maximum(np.nan_to_num(start, nan=1.0), 1.0)
        is_large = (ratio > growth).all(axis=0)
        is_certain = is_large & (ratio < noise).all(axis=0)
    if not is_certain.any():
        return
    yield _finding(
        window,
        np.flatnonzero(is_large).tolist(),
        ratio[-1],
        "growth_of_the_signal",
        "The signal grows on its way through the layers: what enters {weight.layer} is "
        "{factor} times what enters the first layer, from the first step on. The gradients are too "
        "large by the same factor.",
    )


def _first_kernel(window):
    return int(np.argmax(kernels(window)))


def _finding(window, positions, factor, name, message):
    """The finding, which tells the number of the weight that is worst."""
    worst = max(positions, key=lambda i: factor[i])
    weight = window.weights[worst]
    return Finding(
        "exploding",
        code="GW206",
        severity="warning",
        weights=paths(window, positions),
        layer=weight.layer,
        message=message.format(weight=weight, factor=number(factor[worst])),
        evidence={
            name: {window.weights[i].path: float(factor[i]) for i in positions},
            "loss_progress": window.progress,
        },
    )
