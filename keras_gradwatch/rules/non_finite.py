"""The rule for gradients with NaN or Inf in them."""

from collections.abc import Iterator

import numpy as np

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.window import History
from keras_gradwatch.rules.grouping import by_layer, named, paths


def non_finite(history: History, *, skips: int = 16) -> Iterator[Finding]:
    """Finds gradients that hold a NaN or an Inf.

    A step that a loss scale skips is that loss scale at work, not a fault, unless the loss itself
    is not finite (no loss scale mends that), or the skipping does not end.

    Args:
        history: The history.
        skips: Number of samples in a row that were skipped. Keras' `LossScaleOptimizer` halves its
            scale at each, so that the 16th is at a scale of 1: what overflows there overflows
            without it.
    """
    record = history.latest
    streak = history.streak("non-finite")
    if record.skipped and (history.skipped >= skips or history.loss_was_lost):
        streak = np.where(record["nonfinite"] > 0, history.skipped, 0)
    for layer, positions in by_layer(history, streak > 0):
        counts = record["nonfinite"][positions].astype(int)
        sizes = [history.weights[i].size for i in positions]
        yield Finding(
            "non-finite",
            severity="error",
            weights=paths(history, positions),
            layer=layer,
            message=f"The gradient of {named(history, positions)} is NaN or Inf in "
            f"{counts.sum():,} of {sum(sizes):,} elements.",
            evidence={
                "nonfinite": counts.tolist(),
                "sizes": sizes,
                "samples": int(streak[positions].max()),
                "loss": float(record.loss),
            },
        )
