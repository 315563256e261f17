"""The rules for weights that have a gradient and do not move, or hardly."""

from collections.abc import Iterator

import numpy as np

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.window import Window
from keras_gradwatch.rules.grouping import paths
from keras_gradwatch.rules.scale import PACE, kernels


def standing_still(
    window: Window, *, patience: int = 3, progress: float = 0.1
) -> Iterator[Finding]:
    """Finds weights that have a gradient and stay where they are.

    Args:
        window: What has been measured so far.
        patience: Number of samples in a row. A learning rate that warms up from 0 holds the
            weights for its first step only.
        progress: Share of its first value by which the loss must have come down, or be unknown, for
            weights that moved before to be information only: the schedule has come to its end.
    """
    streak = window.streak("still")
    positions = np.flatnonzero(streak >= patience).tolist()
    if not positions:
        return
    has_moved = (window.largest_update()[positions] > 0).any()
    is_done = has_moved and not window.progress <= progress
    is_loud = kernels(window)[positions].any() and not is_done
    yield Finding(
        "frozen",
        severity="warning" if is_loud else "info",
        weights=paths(window, positions),
        message=f"{len(positions)} of {len(streak)} weights have a gradient and do not move at "
        f"all: {_reason(window, positions)}.",
        evidence={
            "samples": int(streak[positions].min()),
            "since_step": int(window.since("still")[positions].max()),
        },
    )


def _reason(window, positions):
    """Why the weights stand still, as far as the other weights of their optimizers tell."""
    optimizers = {window.weights[i].optimizer for i in positions}
    others = [
        weight.optimizer in optimizers and i not in positions
        for i, weight in enumerate(window.weights)
    ]
    if not (np.nan_to_num(window.latest["update_ratio"])[others] >= PACE).any():
        return "the learning rate is 0, or so small that the change is lost in rounding"
    largest = window.latest["max_abs"][positions].max()
    return (
        "other weights of the same optimizer move, so that it is not the learning rate. No element "
        f"of their gradients is above {largest:.1e}: beside the epsilon of the optimizer, or the "
        "size of the weights, that is too small to be more than rounding"
    )


def creeping(
    window: Window,
    *,
    patience: int = 5,
    ratio: float = PACE,
    healing: float = 2.0,
    progress: float = 0.05,
) -> Iterator[Finding]:
    """Finds a model whose kernels move too slowly to get anywhere.

    Args:
        window: What has been measured so far.
        patience: Number of samples in a row.
        ratio: Median update ratio of the kernels below which they hardly move.
        healing: A ratio that grew by this factor within its samples belongs to a learning rate that
            warms up.
        progress: Share of its first value by which the loss must have come down to be content.
    """
    has_size = (window.recent("weight_norm")[-patience:] > 0).all(axis=0)
    moving = kernels(window) & (window.latest["norm"] > 0) & has_size
    moving &= window.streak("still") == 0  # Those are told by `standing_still`.
    updates = window.recent("update_ratio")[-patience:, moving]
    if len(updates) < patience or not updates.size or window.progress > progress:
        return
    pace = np.median(updates, axis=1)
    if not ((pace > 0) & (pace < ratio)).all() or pace[-1] > healing * pace[0]:
        return
    yield Finding(
        "frozen",
        severity="warning",
        weights=paths(window, np.flatnonzero(moving).tolist()),
        message=f"The weights hardly move: a step changes them by {pace[-1]:.1e} of their norm, so "
        f"that it takes {1 / pace[-1]:,.0f} steps to change them by as much as they are. The "
        "learning rate is too small.",
        evidence={"median_update_ratio": pace.tolist(), "loss_progress": window.progress},
    )
