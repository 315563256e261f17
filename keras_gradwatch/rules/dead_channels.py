"""The rule for output channels that receive no gradient any more."""

from collections.abc import Iterator

import numpy as np

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.window import Window
from keras_gradwatch.rules.scale import learns


def dead_channels(
    window: Window,
    *,
    patience: int = 8,
    few: float = 0.1,
    most: float = 0.5,
) -> Iterator[Finding]:
    """Finds layers whose output channels receive no gradient, in any of many batches.

    Only kernels count: what a dead unit does to its bias it does to its kernel as well. A kernel
    whose whole gradient is 0 is the business of the rule `zero`. It is information where the model
    learns: the layer is larger than it has to be.

    Args:
        window: What has been measured so far.
        patience: Number of samples in a row in which a channel had no gradient. A unit that one
            example in fifty switches on is silent in eight batches of 16 by a chance of 1 in 13,
            most units of a layer are so by no chance.
        few: Share of dead channels from which on it is said at all, as information. Some dead
            units are ordinary in a ReLU network.
        most: Share of dead channels above which it is a warning. A ReLU whose input is never
            negative and whose bias is 0 is dead by a chance of 1 in 2: the sign of its kernel.
            It must be above that chance by two standard deviations: of three channels two, or of
            twelve eight, are dead in many a healthy model.
    """
    record, samples = window.latest, window.samples()
    is_kernel = window.of_weights(_are_kernels)
    suspects = is_kernel & (record["dead_fraction"] >= few) & (record["dead_fraction"] < 1)
    if not suspects.any():
        return
    for i in np.flatnonzero(suspects & (samples >= patience)):
        last = window.last_alive(window.weights[i])
        dead = last <= samples[i] - patience
        if dead.mean() >= few:
            chance = most + 2 * np.sqrt(most * (1 - most) / len(dead))
            is_loud = dead.mean() >= chance and not learns(window)
            severity = "warning" if is_loud else "info"
            yield _finding(window.weights[i], severity, dead, last[dead], int(samples[i]))


def _are_kernels(weights):
    return np.array([len(weight.shape) > 1 for weight in weights], bool)


def _finding(weight, severity, dead, last, samples):
    count, channels, never = int(dead.sum()), weight.channels, int((last == 0).sum())
    parts = [f"{never} never received one"] if never else []
    parts += [f"{count - never} no longer receive one"] if count > never else []
    return Finding(
        "dead-channels",
        code="GW210",
        severity=severity,
        weights=(weight.path,),
        layer=weight.layer,
        message=f"{count} of {channels} output channels of {weight.path} {weight.shape} receive no "
        f"gradient: {', '.join(parts)}.",
        evidence={
            "dead": count,
            "channels": channels,
            "never_alive": never,
            "samples": samples,
            "silent_for_samples": samples - int(last.max()),
        },
    )
