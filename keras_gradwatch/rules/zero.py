"""The rule for gradients that exist and are exactly 0."""

from collections.abc import Iterator

import numpy as np

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.window import ROUNDING, Window
from keras_gradwatch.rules.grouping import by_layer, named, paths
from keras_gradwatch.rules.scale import beside_other_layers, kernels, learns


def zero(
    window: Window,
    *,
    patience: int = 3,
    relapse: int = 5,
    chance: float = 1e-3,
) -> Iterator[Finding]:
    """Finds weights whose whole gradient is exactly 0, batch after batch.

    A weight that was alive before is information only where the model learns and most kernels are
    alive, or where the gradient passes it while the loss falls: the expert that nobody asks any
    more. What dies then costs size, not training.

    Args:
        window: What has been measured so far.
        patience: Number of samples for a weight that never had another gradient. A residual branch
            or an adapter that starts at zero is alive at its second step, one inside
            another at its third.
        relapse: Number of samples in a row for a weight that was alive before. One unlucky
            batch leaves a rare branch without a gradient; five in a row do not.
        chance: How unlikely the row must be for a weight that has been 0 now and then. A hinge that
            most batches satisfy gives no gradient in most of them.
    """
    streak = window.streak("zero")
    if not streak.any():
        return
    was_alive = window.alive() > 0
    enough = np.maximum(relapse, _unlikely(window, streak, chance))
    concerned = streak >= np.where(was_alive, enough, patience)
    rounding = ~concerned & _is_rounding(window, streak > 0, patience)
    for layer, positions in by_layer(window, rounding):
        yield _at_rounding(window, layer, positions)
    for layer, positions in by_layer(window, concerned):
        before = bool(was_alive[positions].any())
        is_quiet = _is_offset(window, positions) or (
            before
            and (_rest_learns(window) or _heals(window, positions) or _is_passed(window, positions))
        )
        yield _finding(window, layer, positions, before, is_quiet)


def _is_rounding(window, is_zero, patience):
    """Which kernels are 0 now, and were so or at the level of rounding whenever they were seen.

    What is left of a softmax whose inputs are far apart is exp(-distance): 0 in most batches and a
    power of ten without meaning in the others, far below what the sums of other layers are rounded
    by. A rare branch has a gradient of ordinary size when its turn comes.
    """
    suspects = is_zero & kernels(window) & (window.alive() > 0)
    suspects &= window.samples() > patience
    if not suspects.any():
        return suspects
    norms = window.recent("norm")
    is_lost = (norms == 0) | (beside_other_layers(window, len(norms)) < ROUNDING)
    return suspects & is_lost.all(axis=0) & (len(norms) == window.samples())


def _unlikely(window, streak, chance):
    """How many zeros in a row are no chance, given how many there were before this row."""
    before = np.maximum(window.samples() - streak, 1)
    share = np.clip((before - window.alive()) / before, 0, 1 - 1 / before)
    with np.errstate(divide="ignore"):
        return np.log(chance) / np.log(share)


def _heals(window, positions):
    """Whether the weights were 0 before and came back, in a model that gets better.

    A hinge that a whole batch satisfies does that, and satisfies more and more of them.
    """
    has_healed = window.samples() - window.streak("zero") > window.alive()
    return has_healed[positions].all() and learns(window)


def _rest_learns(window):
    """Whether the loss comes down through other weights, or nothing is left to learn.

    A loss that is satisfied everywhere, as a hinge can be, has no gradient for any weight.
    """
    alive = window.latest["norm"] > 0
    if not alive.any():
        return window.progress > 0.9
    return learns(window) and alive[kernels(window)].mean() >= 0.5


def _is_passed(window, positions):
    """Whether the gradient passes a branch on its way to a kernel before it, and the loss falls.

    In a chain a layer without a gradient leaves none to the layers below. An expert that is not
    asked any more, or a residual block, takes nothing from them.
    """
    alive = (window.latest["norm"] > 0) & kernels(window)
    is_whole = 2 * alive.sum() >= kernels(window).sum()
    return is_whole and alive[: min(positions)].any() and window.progress > 0


def _is_offset(window, positions):
    """Whether only biases and the like have no gradient, in a layer that learns otherwise.

    A bias that cancels out, as before a difference of two towers, is 0 for a good reason.
    """
    layer = window.weights[positions[0]].layer
    learns = any(
        weight.layer == layer and window.latest["norm"][i] > 0
        for i, weight in enumerate(window.weights)
    )
    return learns and not kernels(window)[positions].any()


def _at_rounding(window, layer, positions):
    samples = int(window.samples()[positions].min())
    return Finding(
        "zero",
        code="GW204",
        severity="error",
        weights=paths(window, positions),
        layer=layer,
        message=f"The gradient of {named(window, positions)} is 0, or below the rounding of those "
        f"of other layers, in all {samples} sampled batches.",
        explanation="A softmax whose inputs are far apart, or a saturated unit, lets exp(-distance)"
        " through and nothing more.",
        remedy="Divide what enters the softmax by the root of its size, as attention does, or "
        "scale the inputs to about 1.",
        evidence={
            "samples": samples,
            "largest_norm": float(window.recent("norm")[:, positions].max()),
        },
    )


def _finding(window, layer, positions, before, is_quiet):
    samples = int(window.streak("zero")[positions].min())
    since = int(window.since("zero")[positions].max())
    when = f"since step {since}" if before else "from the first step on"
    loud = "warning" if before else "error"
    return Finding(
        "zero",
        code="GW204",
        severity="info" if is_quiet else loud,
        weights=paths(window, positions),
        layer=layer,
        message=f"The gradient of {named(window, positions)} is exactly 0 {when}, "
        f"in {samples} sampled batches.",
        evidence={"samples": samples, "since_step": since, "was_alive": before},
    )
