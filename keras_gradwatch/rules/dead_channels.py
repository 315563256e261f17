"""The rule for output channels that get no gradient any more."""

from collections.abc import Iterator

import numpy as np

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.window import Window


def dead_channels(
    window: Window,
    *,
    patience: int = 8,
    few: float = 0.1,
    most: float = 0.5,
    deviations: float = 2.0,
    tired: float = 0.8,
    progress: float = 0.2,
) -> Iterator[Finding]:
    """Finds layers whose output channels get no gradient, in any of many batches.

    Only kernels count: what a dead unit does to its bias it does to its kernel as well. A kernel
    whose whole gradient is 0 is the business of the rule `zero`.

    Args:
        window: What has been measured so far.
        patience: Number of samples in a row in which a channel had no gradient. A unit that one
            example in fifty switches on is silent in eight batches of 16 by a chance of 1 in 13,
            most units of a layer are so by no chance.
        few: Share of dead channels from which on it is said at all, as information. Some dead
            units are ordinary in a ReLU network.
        most: Share of dead channels above which it is a warning. A ReLU whose input is never
            negative and whose bias is 0 is dead by a chance of 1 in 2: the sign of its kernel.
        deviations: By how many standard deviations of that chance it must be above it. Of three
            channels two, or of twelve eight, are dead in many a healthy model.
        tired: Share of channels without a gradient in an average batch from which on it is a
            warning too, should they come back now and then, as saturated units do.
        progress: Share of its first value by which the loss must have come down for it to be
            information all the same: the layer is larger than it has to be. The biases of the
            output alone bring the loss down by a sixth.
    """
    record = window.latest
    is_kernel = np.array([len(weight.shape) > 1 for weight in window.weights], bool)
    suspects = is_kernel & (record["dead_fraction"] >= few) & (record["dead_fraction"] < 1)
    samples = window.samples()
    recent = window.recent("dead_fraction")[-patience:]
    average = recent.mean(axis=0) if len(recent) else record["dead_fraction"]
    for i in np.flatnonzero(suspects & (samples >= patience)):
        last = window.last_alive(window.weights[i])
        dead = last <= samples[i] - patience
        if dead.mean() >= few:
            chance = most + deviations * np.sqrt(most * (1 - most) / len(dead))
            are_most = dead.mean() >= chance or average[i] >= max(tired, chance)
            is_loud = are_most and not window.progress > progress
            severity = "warning" if is_loud else "info"
            yield _finding(window.weights[i], severity, dead, last[dead], int(samples[i]))


def _finding(weight, severity, dead, last, samples):
    count, channels, never = int(dead.sum()), weight.channels, int((last == 0).sum())
    return Finding(
        "dead-channels",
        severity=severity,
        weights=(weight.path,),
        layer=weight.layer,
        message=f"{count} of {channels} output channels of {weight.path} {weight.shape} get no "
        f"gradient: {never} never had one, {count - never} have none any more.",
        evidence={
            "dead": count,
            "channels": channels,
            "never_alive": never,
            "samples": samples,
            "silent_for_samples": samples - int(last.max()),
        },
    )
