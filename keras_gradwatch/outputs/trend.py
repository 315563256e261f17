"""The course of a number in the width of a few characters."""

import math
from collections.abc import Sequence

from keras_gradwatch.record import Record

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 16


def trends(records: Sequence[Record]) -> dict[str, str]:
    """Returns the course of each layer's gradient norm over some records, a bar for each.

    The highest bar is the largest norm of the layer, each step below it half of that, the lowest
    less than a hundredth. `0` is zero, `x` not finite, `.` a missing gradient.

    Args:
        records: The records; of many only some, the latest among them.
    """
    every = -(-len(records) // WIDTH) or 1
    norms = [record.layer_norms() for record in records[::-1][::every][::-1]]
    layers = dict.fromkeys(weight.layer for record in records for weight in record.weights)
    return {layer: _bars([of_all.get(layer) for of_all in norms]) for layer in layers}


def _bars(norms):
    largest = max((norm for norm in norms if norm is not None and norm < math.inf), default=0)
    return "".join(_bar(norm, largest) for norm in norms)


def _bar(norm, largest):
    if norm is None:
        return "."
    if not math.isfinite(norm):
        return "x"
    if norm == 0:
        return "0"
    return BARS[max(len(BARS) - 1 - round(math.log2(largest / norm)), 0)]
