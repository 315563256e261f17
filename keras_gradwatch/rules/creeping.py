"""The rule for steps that are too small for the loss ever to come down."""

from collections.abc import Iterator

import numpy as np

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.window import Window
from keras_gradwatch.rules.grouping import paths
from keras_gradwatch.rules.scale import GROWS, PACE, kernels


def creeping(
    window: Window,
    *,
    patience: int = 3,
    least: float = 1e-5,
    progress: float = 0.05,
) -> Iterator[Finding]:
    """Finds a training whose steps are far too small for its loss.

    By how much a step lowers the loss is known to first order: the gradient times the update, and
    at most the product of their norms. No other number enters: neither the units of the loss nor
    the optimizer. It is the learning rate that is too small, or the targets are too large for an
    optimizer that moves each weight by its learning rate whatever the gradient is.

    Args:
        window: What has been measured so far.
        patience: Number of samples in a row.
        least: Share of the loss that a step must be able to remove. With less it takes 100,000
            steps of the best direction to bring the loss to 0.
        progress: Share of its first value by which the loss must have come down to be content:
            near its minimum a loss has no way to go, and steps are small.
    """
    if window.progress > progress:
        return
    shares = window.reaches(patience)
    if len(shares) < patience:
        return
    is_small = ((shares > 0) & (shares < least)).all()
    if not is_small or shares[-1] > GROWS * shares[0]:
        return
    slow = kernels(window) & (window.latest["norm"] > 0)
    if 2 * (slow & (window.streak("still") == 0)).sum() > slow.sum():  # See `standing_still`.
        yield _finding(window, np.flatnonzero(slow).tolist(), float(shares[-1]))


def _finding(window, positions, share):
    pace = float(np.nanmedian(window.latest["update_ratio"][positions]))
    if pace < PACE:
        explanation = "The weights hardly move: the learning rate is too small."
        remedy = "Use a larger learning rate."
    else:
        explanation = (
            "The weights move, but the loss is far away: the targets are too large for the outputs "
            "that such steps reach."
        )
        remedy = "Scale the targets to about 1, for example with their mean and deviation."
    return Finding(
        "frozen",
        code="GW211",
        severity="warning",
        weights=paths(window, positions),
        message=f"A step changes the weights by {pace:.1e} of their norm and can lower the loss by "
        f"{share:.1e} of it at most, so that it takes {1 / share:,.0f} steps or more to bring it "
        "to 0.",
        explanation=explanation,
        remedy=remedy,
        evidence={
            "share_of_loss": share,
            "median_update_ratio": pace,
            "loss_progress": window.progress,
        },
    )
