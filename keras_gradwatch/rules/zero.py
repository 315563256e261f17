"""The rule for gradients that exist and are exactly 0."""

from collections.abc import Iterator

import numpy as np

from keras_gradwatch.findings import Finding
from keras_gradwatch.history import History
from keras_gradwatch.rules.grouping import by_layer, named, paths
from keras_gradwatch.rules.scale import kernels


def zero(
    history: History, *, patience: int = 3, relapse: int = 5, progress: float = 0.3
) -> Iterator[Finding]:
    """Finds weights whose whole gradient is exactly 0, batch after batch.

    Args:
        history: The history.
        patience: Number of samples for a weight that never had another gradient. A residual branch
            or an adapter that starts at zero is alive at its second step, one inside
            another at its third.
        relapse: Number of samples in a row for a weight that was alive before. One unlucky
            batch leaves a rare branch without a gradient; five in a row do not.
        progress: Share of its first value by which the loss must have come down for a weight that
            was alive to be information only, as long as most kernels are alive: the expert that
            nobody asks any more. What dies while the rest learns costs size, not training.
    """
    streak = history.streak("zero")
    was_alive = history.alive() > 0
    concerned = streak >= np.where(was_alive, relapse, patience)
    for layer, positions in by_layer(history, concerned):
        before = bool(was_alive[positions].any())
        is_quiet = _is_offset(history, positions) or (before and _rest_learns(history, progress))
        yield _finding(history, layer, positions, before, is_quiet)


def _rest_learns(history, progress):
    """Whether the loss comes down through other weights, or nothing is left to learn.

    A loss that is satisfied everywhere, as a hinge can be, has no gradient for any weight.
    """
    alive = history.latest["norm"] > 0
    if not alive.any():
        return history.progress > 0.9
    return history.progress > progress and alive[kernels(history)].mean() >= 0.5


def _is_offset(history, positions):
    """Whether only biases and the like have no gradient, in a layer that learns otherwise.

    A bias that cancels out, as before a difference of two towers, is 0 for a good reason.
    """
    layer = history.weights[positions[0]].layer
    learns = any(
        weight.layer == layer and history.latest["norm"][i] > 0
        for i, weight in enumerate(history.weights)
    )
    return learns and not kernels(history)[positions].any()


def _finding(history, layer, positions, before, is_quiet):
    samples = int(history.streak("zero")[positions].min())
    since = int(history.since("zero")[positions].max())
    when = f"since step {since}" if before else "from the first step on"
    loud = "warning" if before else "error"
    return Finding(
        "zero",
        severity="info" if is_quiet else loud,
        weights=paths(history, positions),
        layer=layer,
        message=f"The gradient of {named(history, positions)} is exactly 0 {when}, "
        f"in {samples} sampled batches.",
        evidence={"samples": samples, "since_step": since, "was_alive": before},
    )
