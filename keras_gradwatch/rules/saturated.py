"""The rule for units that are driven so far that a gradient gets through now and then only."""

from collections.abc import Iterator

import numpy as np

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.window import Window
from keras_gradwatch.rules.grouping import paths
from keras_gradwatch.rules.scale import gain


def saturated(
    window: Window,
    *,
    patience: int = 8,
    large: float = 4.0,
    slow: float = 0.2,
    silent: float = 0.15,
    jitter: float = 0.3,
    progress: float = 0.3,
) -> Iterator[Finding]:
    """Finds kernels that were too large from the first step on, so that their units saturate.

    A saturated unit has a gradient for the rare example that meets its slope. From batch to batch
    channels fall silent and come back, or the norm jumps, and a step is small beside the kernel.

    Args:
        window: What has been measured so far.
        patience: Number of samples over which all of this is seen.
        large: Gain at the first sample (norm over the root of the number of units) from which on a
            kernel is too large. Usual initializers keep it below 1.5, a trained one is near 2.
        slow: Share of the fastest kernel's update ratio below which a kernel is slow: what is four
            times too large moves four times too slowly.
        silent: Share of channels that are without a gradient in an average batch.
        jitter: Or, by how many powers of ten the norm changes from one sample to the next. Healthy
            ones change by 0.1 to 0.2, the noise of their batches.
        progress: Share of its first value by which the loss must have come down for it to do no
            harm: a normalization behind the kernel takes its size away.
    """
    updates = window.recent("update_ratio")[-patience:]
    is_known = window.first.weights == window.weights
    if len(updates) < patience or not is_known or window.progress > progress:
        return
    pace = np.median(updates, axis=0)
    sizes = gain(window, window.first)
    is_slow = pace < slow * np.nanmax(pace, initial=0.0)
    concerned = (sizes > large) & is_slow & _is_intermittent(window, patience, silent, jitter)
    positions = np.flatnonzero(concerned).tolist()
    if positions:
        yield _finding(window, positions, sizes, patience)


def _is_intermittent(window, patience, silent, jitter):
    """Which weights have channels without a gradient, or a norm that jumps."""
    norms = np.maximum(window.recent("norm")[-patience:], np.finfo("float32").tiny)
    jumps = np.median(np.abs(np.diff(np.log10(norms), axis=0)), axis=0)
    dead = window.recent("dead_fraction")[-patience:].mean(axis=0)
    return (jumps > jitter) | (dead > silent)


def _finding(window, positions, sizes, patience):
    worst = max(positions, key=lambda i: sizes[i])
    weight = window.weights[worst]
    return Finding(
        "vanishing",
        severity="warning",
        weights=paths(window, positions),
        layer=weight.layer,
        message=f"The units behind {weight.path} {weight.shape} are saturated: the kernel is "
        f"{sizes[worst]:.0f} times as large as one that keeps the signal as it is, its gradient "
        "comes and goes from batch to batch, and the loss hardly comes down.",
        evidence={
            "gain": {window.weights[i].path: float(sizes[i]) for i in positions},
            "samples": patience,
            "loss_progress": window.progress,
        },
    )
