"""The rule for gradients that get lost on the way through the layers."""

from collections.abc import Iterator

import numpy as np

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.window import Window
from keras_gradwatch.rules.grouping import paths
from keras_gradwatch.rules.scale import (
    GROWS,
    PACE,
    beside_other_layers,
    is_gated,
    kernels,
    learns,
)


def vanishing(
    window: Window,
    *,
    patience: int = 3,
    small: float = 1e-3,
    long: int = 8,
) -> Iterator[Finding]:
    """Finds layers whose gradient is far below that of the other layers, and does harm.

    It does where the weights hardly move for it, or where the loss does not get better and no layer
    nearer to the input gets a stronger gradient another way. An optimizer that normalizes moves a
    weight at its own pace however small its gradient is: query and key of an attention start so.

    The strength of a layer is the root mean square of its gradient elements, beside that of the
    second strongest layer: no unit of the loss or of the input enters. A weak bias beside a strong
    kernel is no finding, since it is often rounding noise and nothing else.

    Args:
        window: What has been measured so far.
        patience: Number of samples in a row for weights that hardly move.
        small: Share below which a gradient is lost. A sigmoid layer lets a quarter through at most,
            so that behind five of them no more than this is left.
        long: Number of samples in a row for weights that move while the loss does not come down.
    """
    if not (beside_other_layers(window, 1) < small).any():
        return
    ratio = beside_other_layers(window, long)
    concerned = _stays_below(ratio[-patience:], small, patience)
    concerned &= _layers_that_stay(window, patience)
    if len(ratio) and not learns(window):
        weak = _stays_below(ratio, small, long)
        reached = _is_passed(window, ratio[-1], small, weak) | is_gated(window, long, small)
        concerned |= weak & ~reached
    positions = np.flatnonzero(concerned).tolist()
    if positions:
        yield _finding(window, positions, ratio)


def _layers_that_stay(window, samples):
    """Which weights are of a layer whose fastest kernel hardly moves by the gradient of the loss.

    A penalty moves a weight as well, to 0: what is left for the loss, where the two are at right
    angles, is the other leg of the triangle.
    """
    of_penalty = np.minimum(window.recent("penalty_share", samples), 1)
    updates = window.recent("update_ratio", samples) * np.sqrt(1 - of_penalty**2)
    is_fast = kernels(window) & (updates >= PACE).any(axis=0)
    fast = {weight.layer for weight, moves in zip(window.weights, is_fast, strict=True) if moves}
    return np.array([weight.layer not in fast for weight in window.weights], bool)


def _is_passed(window, ratio, limit, weak):
    """Which weights are passed by the gradient of a kernel nearer to the input: an earlier one.

    A gradient that is lost on its way through the layers reaches none of those below. The other
    weights of a layer are no way around it, and neither is another one that vanishes.
    """
    strong = kernels(window) & (ratio > limit) & ~weak
    return np.logical_or.accumulate(strong)


def _stays_below(ratio, limit, samples):
    """Which weights were below the limit in so many samples, and do not grow out of it."""
    if len(ratio) < samples:
        return np.zeros(ratio.shape[1], bool)
    is_growing = ratio[-1] > GROWS * ratio[0]
    return (ratio < limit).all(axis=0) & ~is_growing


def _finding(window, positions, ratio):
    weakest = min(positions, key=lambda i: ratio[-1, i])
    weight, share = window.weights[weakest], ratio[-1, weakest]
    return Finding(
        "vanishing",
        code="GW208",
        severity="warning",
        weights=paths(window, positions),
        layer=weight.layer,
        message=f"The gradient vanishes on its way to {len(positions)} weights: {weight.layer} "
        f"gets {share:.1e} of what the other layers get.",
        evidence={
            "share_of_other_layers": {
                window.weights[i].path: float(ratio[-1, i]) for i in positions
            },
            "samples": len(ratio),
            "loss_progress": window.progress,
        },
    )
