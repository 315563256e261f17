"""The rules for steps that are too large, and for gradients that grow without end."""

from collections.abc import Iterator

import numpy as np

from keras_gradwatch.findings import Finding
from keras_gradwatch.history import History
from keras_gradwatch.rules.grouping import paths
from keras_gradwatch.rules.scale import kernels


def overshooting(
    history: History, *, ratio: float = 1.0, progress: float = 0.0
) -> Iterator[Finding]:
    """Finds kernels that one step changed by more than their own size, to the harm of the loss.

    Args:
        history: The history.
        ratio: Update ratio (norm of the change over norm of the weight) from which on a step
            throws away what the weight was. A good one is near 1e-3; the healthy models of the
            detection benchmark stay below 0.3, the first step included.
        progress: Share of its first value by which the loss must have come down for the step to be
            forgiven. Without a known loss it counts for as long as such steps are seen.
    """
    largest = history.largest_update()
    concerned = kernels(history) & (largest > ratio)
    is_forgiven = history.progress > progress
    if np.isnan(history.progress):
        is_forgiven = not (history.latest["update_ratio"][concerned] > ratio).any()
    if 2 * concerned.sum() <= kernels(history).sum() or history.count < 2 or is_forgiven:
        return
    positions = np.flatnonzero(concerned).tolist()
    worst = max(positions, key=lambda i: largest[i])
    weight = history.weights[worst]
    yield Finding(
        "exploding",
        severity="warning",
        weights=paths(history, positions),
        layer=weight.layer,
        message=f"A single step changed {weight.path} {weight.shape} by {largest[worst]:.1e} times "
        "its own norm, and the loss has not come down since: the steps are too large.",
        evidence={
            "largest_update_ratio": {history.weights[i].path: float(largest[i]) for i in positions},
            "loss_progress": history.progress,
        },
    )


def exploding(
    history: History, *, patience: int = 3, growth: float = 100.0, deviations: float = 6.0
) -> Iterator[Finding]:
    """Finds gradients that have grown far beyond their own history while the loss got worse.

    Args:
        history: The history.
        patience: Number of samples in a row that must lie above everything before.
        growth: Factor over the usual norm (the median of the samples before). Warm-up and the
            awakening of a branch make healthy gradients grow by about 10.
        deviations: And as many standard deviations of the logarithm of the norm: a gradient that
            fluctuates from batch to batch has to grow by more.
    """
    norms = history.window("norm")
    if len(norms) < 2 * patience or not history.progress <= 0:
        return
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log10(np.where(norms > 0, norms, np.nan))
    before, now = logs[:-patience], logs[-patience:]
    usual = np.median(before, axis=0)
    limit = usual + np.maximum(np.log10(growth), deviations * before.std(axis=0))
    positions = np.flatnonzero((now > limit).all(axis=0)).tolist()
    if positions:
        yield _finding(history, positions, 10 ** (now[-1] - usual))


def _finding(history, positions, factor):
    worst = max(positions, key=lambda i: factor[i])
    weight = history.weights[worst]
    return Finding(
        "exploding",
        severity="warning",
        weights=paths(history, positions),
        layer=weight.layer,
        message=f"The gradient of {weight.path} {weight.shape} is {factor[worst]:.1e} times what "
        "it was, and the loss gets worse.",
        evidence={
            "growth": {history.weights[i].path: float(factor[i]) for i in positions},
            "loss_progress": history.progress,
        },
    )
