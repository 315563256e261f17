"""The rule for units that are driven so far that a gradient gets through now and then only."""

from collections.abc import Iterator

import numpy as np

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.window import Window
from keras_gradwatch.rules.grouping import number, paths
from keras_gradwatch.rules.scale import gain, is_gated, kernels, learns

_NOTHING = 1e-8
"""Share of the largest norm below which a norm counts as nothing: rounding of what it was."""

_GONE = 1e-2
"""Share of the largest norm below which a gradient is gone: a batch has one row in a hundred that
meets the slope, or none."""


def saturated(
    window: Window,
    *,
    patience: int = 8,
    jump: float = 0.55,
    beside: float = 2.0,
    large: float = 4.0,
) -> Iterator[Finding]:
    """Finds kernels whose gradient comes and goes from batch to batch.

    A saturated unit has a gradient for the rare example that meets its slope, and attention that
    looks at one row only for the rare example where two rows are close. Which one a batch has is
    chance, so that the norm jumps by powers of ten, while an average over the batch hardly changes.

    Args:
        window: What has been measured so far.
        patience: Number of samples over which this is seen.
        jump: By how many powers of ten the norm changes from one sample to the next on average,
            where each change counts as one power at most. The noise of a batch makes 0.1 to 0.3.
        beside: And how many times as much as the norm of the steadier kernels (the lower quartile),
            so that it is not the loss that jumps.
        large: Or, gain at the first sample (norm over the root of the number of units) from which
            on a kernel is too large, where its norm jumps, or channels have no gradient in each
            batch. Usual initializers keep it below 1.5.
    """
    is_kernel = kernels(window)
    norms = window.recent("norm", patience)
    if learns(window) or len(norms) < patience or is_kernel.sum() < 2:
        return
    # A mean of jumps is below the span of the whole row.
    spans = norms.max(axis=0) > 10**jump * norms.min(axis=0)
    if not (is_kernel & (spans | (window.latest["dead_fraction"] > 0))).any():
        return
    jumps = _jumps(norms)
    usual = np.sort(jumps[is_kernel])[is_kernel.sum() // 4]
    is_known = window.first.weights == window.weights
    sizes = gain(window, window.first) if is_known else np.full(len(jumps), np.nan)
    is_silent = (window.recent("dead_fraction", patience) > 0).all(axis=0)
    comes_and_goes = (jumps > jump) & (jumps > beside * usual) & _is_gone_once(norms)
    is_too_large = (sizes > large) & ((jumps > jump) | is_silent)
    comes_and_goes &= ~is_gated(window, patience, _GONE)
    positions = np.flatnonzero(is_kernel & (comes_and_goes | is_too_large)).tolist()
    if positions:
        yield _finding(window, positions, jumps, sizes, patience)


def _is_gone_once(norms):
    """Whether a gradient was two powers of ten below its largest: as good as gone."""
    return norms.min(axis=0) < _GONE * norms.max(axis=0)


def _jumps(norms):
    """By how many powers of ten, one at most, each norm changes between samples on average."""
    largest = norms.max(axis=0)
    floor = np.where(largest > 0, _NOTHING * largest, 1.0)
    powers = np.log10(np.maximum(norms, floor))
    jumps = np.minimum(np.abs(np.diff(powers, axis=0)), 1).mean(axis=0)
    return np.where(np.isfinite(jumps), jumps, 0.0)


def _finding(window, positions, jumps, sizes, patience):
    worst = max(positions, key=lambda i: jumps[i])
    weight = window.weights[worst]
    size = ""
    if sizes[worst] > 2:
        size = f" The kernel is {number(sizes[worst])} times as large as a variance-preserving one."
    return Finding(
        "vanishing",
        code="GW209",
        severity="warning",
        weights=paths(window, positions),
        layer=weight.layer,
        message=f"The units behind {weight.path} {weight.shape} are saturated: its gradient comes "
        f"and goes, by a factor of {number(10 ** jumps[worst])} between sampled batches, and the "
        "loss hardly comes down.",
        explanation=f"Only a rare example meets the slope of the activation, or of a softmax whose "
        f"inputs are far apart.{size}",
        remedy="Scale the inputs to about 1, use a variance-preserving initializer, or divide what "
        "enters the softmax, as attention does by the root of the key size.",
        evidence={
            "jumps": {window.weights[i].path: float(jumps[i]) for i in positions},
            "gain": {window.weights[i].path: float(sizes[i]) for i in positions},
            "samples": patience,
            "loss_progress": window.progress,
        },
    )
