"""The rule for weights whose gradient is that of a penalty, and none of the data."""

from collections.abc import Iterator

import numpy as np

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.window import Window
from keras_gradwatch.rules.grouping import by_layer, named, paths
from keras_gradwatch.rules.scale import kernels, learns


def penalty_only(window: Window, *, patience: int = 3, rounding: float = 1e-5) -> Iterator[Finding]:
    """Finds kernels whose gradient is proportional to them, while they shrink.

    The gradient of `l2 * sum(square(kernel))` is `2 * l2 * kernel`: the quotient of the two norms
    is the same to its last digits, whatever the batch is and as the kernel gets smaller. That of a
    loss changes with each batch. The penalty of a weight's own regularizer is taken out before;
    this one comes from `add_loss` or a custom train step. A loss that is a square itself has such
    a gradient on its way to 0, where the model learns.

    Args:
        window: What has been measured so far.
        patience: Number of samples in a row.
        rounding: How much the quotient may change, as a share of it: the rounding of two norms in
            float32. The kernel must have shrunk by ten times as much as the quotient changed.
    """
    sizes = window.recent("weight_norm", patience)
    if learns(window) or len(sizes) < patience:
        return
    norms = window.recent("norm", patience)
    shrinks = kernels(window) & (sizes[1:] < sizes[:-1]).all(axis=0) & (norms > 0).all(axis=0)
    if not shrinks.any():
        return
    with np.errstate(invalid="ignore", divide="ignore"):
        quotient = norms / sizes
        change = np.ptp(quotient, axis=0) / quotient.mean(axis=0)
        shrunk = 1 - sizes[-1] / sizes[0]
        concerned = shrinks & (change < rounding) & (shrunk > 10 * change)
    for layer, positions in by_layer(window, concerned):
        strength = float(quotient[-1, positions[0]])
        yield Finding(
            "zero",
            code="GW205",
            severity="warning",
            weights=paths(window, positions),
            layer=layer,
            message=f"The gradient of {named(window, positions)} is {strength:.3g} times the "
            "weight in each batch: it is that of a penalty, and the data adds nothing to it.",
            explanation="A penalty of the squared weights has such a gradient. It makes the "
            "weight smaller and hides that no gradient of the data arrives.",
            remedy="Look at the bias of the layer, which has no penalty, and at the layers behind.",
            evidence={"quotient": strength, "samples": patience, "loss_progress": window.progress},
        )
