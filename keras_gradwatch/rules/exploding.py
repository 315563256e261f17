"""The rules for steps that are too large, and for gradients that grow without end."""

from collections.abc import Iterator

import numpy as np

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.window import Window
from keras_gradwatch.rules.grouping import paths
from keras_gradwatch.rules.scale import features, kernels


def overshooting(
    window: Window, *, ratio: float = 1.0, growth: float = 10.0, progress: float = 0.0
) -> Iterator[Finding]:
    """Finds kernels that one step changed by more than their own size, to the harm of the loss.

    What a network computes is a product of its kernels: where the loss has doubled, the update
    ratios of all of them together count, since a step changes the product by about their sum.

    Args:
        window: What has been measured so far.
        ratio: Update ratio (norm of the change over norm of the weight) from which on a step
            throws away what the weight was. A good one is near 1e-3; the healthy models of the
            detection benchmark stay below 0.3, the first step included.
        growth: Or, how many times as large as at the first sample a kernel has become: the steps
            between the samples are seen by what they leave behind.
        progress: Share of its first value by which the loss must have come down for the step to be
            forgiven. Without a known loss it counts for as long as such steps are seen.
    """
    largest, grown = window.largest_update(), _growth(window)
    concerned = kernels(window) & ((largest > ratio) | (grown > growth))
    if window.progress <= -1 and _together(largest[kernels(window)]) > ratio:
        concerned = kernels(window)
    is_forgiven = window.progress > progress
    if np.isnan(window.progress):
        is_forgiven = not (window.latest["update_ratio"][concerned] > ratio).any()
    if 2 * concerned.sum() <= kernels(window).sum() or window.count < 2 or is_forgiven:
        return
    positions = np.flatnonzero(concerned).tolist()
    yield _overshot(window, positions, largest, grown)


def _together(ratios):
    """The update ratio of all kernels together, of which no single one decides."""
    return len(ratios) * np.median(ratios) if len(ratios) else 0.0


def _growth(window):
    """How many times as large as at the first sample each weight is, 0 where it started at 0."""
    first = window.first
    if first.weights != window.weights:
        return np.zeros(len(window.weights))
    start = first["weight_norm"]
    now = np.nan_to_num(window.latest["weight_norm"], posinf=np.inf)  # NaN is no size.
    return np.where(start > 0, now / np.where(start > 0, start, 1), 0)


def _overshot(window, positions, largest, grown):
    worst = max(positions, key=lambda i: max(largest[i], grown[i]))
    weight = window.weights[worst]
    what = (
        f"A single step changed {weight.path} {weight.shape} by {largest[worst]:.1e} times its own "
        "norm"
        if largest[worst] > grown[worst]
        else f"{weight.path} {weight.shape} has become {grown[worst]:.1e} times as large as it was"
    )
    return Finding(
        "exploding",
        severity="warning",
        weights=paths(window, positions),
        layer=weight.layer,
        message=f"{what}, and the loss has not come down since: the steps are too large.",
        evidence={
            "largest_update_ratio": {window.weights[i].path: float(largest[i]) for i in positions},
            "growth": {window.weights[i].path: float(grown[i]) for i in positions},
            "loss_progress": window.progress,
        },
    )


def exploding(
    window: Window, *, patience: int = 3, growth: float = 100.0, deviations: float = 6.0
) -> Iterator[Finding]:
    """Finds gradients that have grown far beyond their own past while the loss got worse.

    Args:
        window: What has been measured so far.
        patience: Number of samples in a row that must lie above everything before.
        growth: Factor over the usual norm (the median of the samples before). Warm-up and the
            awakening of a branch make healthy gradients grow by about 10.
        deviations: And as many standard deviations of the logarithm of the norm: a gradient that
            fluctuates from batch to batch has to grow by more.
    """
    norms = window.recent("norm")
    if len(norms) < 2 * patience or not window.progress <= 0:
        return
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log10(np.where(norms > 0, norms, np.nan))
    before, now = logs[:-patience], logs[-patience:]
    usual = np.median(before, axis=0)
    limit = usual + np.maximum(np.log10(growth), deviations * before.std(axis=0))
    positions = np.flatnonzero((now > limit).all(axis=0)).tolist()
    if positions:
        yield _finding(
            window,
            positions,
            10 ** (now[-1] - usual),
            "growth",
            "The gradient of {weight.path} {weight.shape} is {factor:.1e} times what it was, "
            "and the loss gets worse.",
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
        growth: Factor over what enters the first layer, and over 1. Healthy models of the detection
            benchmark stay below 5.
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
        "{factor:.1e} times what enters the first layer, from the first step on. The gradients are "
        "as much too large.",
    )


def _first_kernel(window):
    return int(np.argmax(kernels(window)))


def _finding(window, positions, factor, name, message):
    """The finding, which tells the number of the weight that is worst."""
    worst = max(positions, key=lambda i: factor[i])
    weight = window.weights[worst]
    return Finding(
        "exploding",
        severity="warning",
        weights=paths(window, positions),
        layer=weight.layer,
        message=message.format(weight=weight, factor=factor[worst]),
        evidence={
            name: {window.weights[i].path: float(factor[i]) for i in positions},
            "loss_progress": window.progress,
        },
    )
