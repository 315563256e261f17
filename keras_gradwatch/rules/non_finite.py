"""The rules for NaN and Inf: in gradients, and in the loss alone."""

from collections.abc import Iterator

import numpy as np

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.window import Window
from keras_gradwatch.rules.grouping import by_layer, named, paths


def non_finite(window: Window, *, skips: int = 16) -> Iterator[Finding]:
    """Finds gradients that hold a NaN or an Inf.

    A step that a loss scale skips is that loss scale at work, not a fault, unless the loss itself
    is not finite (no loss scale mends that), or the skipping does not end.

    Args:
        window: What has been measured so far.
        skips: Number of samples in a row that were skipped. Keras' `LossScaleOptimizer` halves its
            scale at each, so that the 16th is at a scale of 1: what overflows there overflows
            without it.
    """
    record = window.latest
    streak = window.streak("non-finite")
    if record.skipped and (window.skipped >= skips or window.loss_was_lost):
        streak = np.where(record["nonfinite"] > 0, window.skipped, 0)
    for layer, positions in by_layer(window, streak > 0):
        counts = record["nonfinite"][positions].astype(int)
        sizes = [window.weights[i].size for i in positions]
        yield Finding(
            "non-finite",
            code="GW202",
            severity="error",
            weights=paths(window, positions),
            layer=layer,
            message=f"The gradient of {named(window, positions)} is NaN or Inf in "
            f"{counts.sum():,} of {sum(sizes):,} elements.",
            evidence={
                "nonfinite": counts.tolist(),
                "sizes": sizes,
                "samples": int(streak[positions].max()),
                "loss": float(record.loss),
            },
        )


def lost_loss(window: Window) -> Iterator[Finding]:
    """Finds a loss that is NaN or Inf while no gradient is.

    The derivative of `log(x)` is finite where `log(x)` is NaN, and an Inf that no derivative
    depends on is not seen by any gradient. There is no patience: a loss that is not a number says
    nothing of the model, and what follows its gradient goes nowhere in particular.

    Args:
        window: What has been measured so far.
    """
    record = window.latest
    if not window.loss_was_lost or record.skipped or np.nansum(record["nonfinite"]):
        return
    yield Finding(
        "non-finite",
        code="GW203",
        severity="error",
        message=f"The loss is {record.loss}, while all gradients are finite.",
        explanation="The gradients are those of a function that has no value where the model is: "
        "log of a negative number has a derivative and no value, and a number that overflows "
        "may have one as well.",
        remedy="Bound what enters log, sqrt, exp or a division of the loss: a sigmoid or softmax "
        "at the output, or `from_logits=True`, in place of log of unbounded outputs. If the "
        "loss is Inf, the outputs or targets are too large.",
        evidence={"loss": str(record.loss), "since_step": record.step},
    )
