"""The rule for gradients that exist and are exactly 0."""

from collections.abc import Iterator

import numpy as np

from keras_gradwatch.findings import Finding
from keras_gradwatch.history import History
from keras_gradwatch.rules.grouping import by_layer, named, paths


def zero(
    history: History, *, patience: int = 3, relapse: int = 5, converged: float = 0.9
) -> Iterator[Finding]:
    """Finds weights whose whole gradient is exactly 0, batch after batch.

    Args:
        history: The history.
        patience: Number of samples for a weight that never had another gradient. A residual branch
            or an adapter that starts at zero is alive at its second step, one inside
            another at its third.
        relapse: Number of samples in a row for a weight that was alive before. One unlucky
            batch leaves a rare branch without a gradient; five in a row do not.
        converged: Share of its first value by which the loss has come down where a weight that was
            alive may rest: a hinge that is satisfied everywhere has no gradient, and is information
            only.
    """
    streak = history.streak("zero")
    was_alive = history.alive() > 0
    concerned = streak >= np.where(was_alive, relapse, patience)
    for layer, positions in by_layer(history, concerned):
        samples = int(streak[positions].min())
        before = bool(was_alive[positions].any())
        since = int(history.since("zero")[positions].max())
        when = f"since step {since}" if before else "from the first step on"
        yield Finding(
            "zero",
            severity=_severity(before, history.progress > converged),
            weights=paths(history, positions),
            layer=layer,
            message=f"The gradient of {named(history, positions)} is exactly 0 {when}, "
            f"in {samples} sampled batches.",
            evidence={"samples": samples, "since_step": since, "was_alive": before},
        )


def _severity(was_alive, has_converged):
    if not was_alive:
        return "error"
    return "info" if has_converged else "warning"
