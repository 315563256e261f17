"""Which records the rules must see at once.

All rules at each record would cost more than all the rest.
"""

import numpy as np

from keras_gradwatch.record import Record

BAND = 16
"""By this factor a norm may differ before the rules are asked: batches differ by less."""


def turns(record: Record, before: Record | None) -> bool:
    """Whether something that rules look for begins or ends at a record.

    Args:
        record: The record.
        before: The last one that the rules have seen, or `None`.
    """
    if before is None or record.epoch != before.epoch or record.weights is not before.weights:
        return True
    if record.skipped != before.skipped or np.isfinite(record.loss) != np.isfinite(before.loss):
        return True
    bad, bad_before = (record["nonfinite"] > 0, before["nonfinite"] > 0)
    if (bad != bad_before).any() or (record.missing != before.missing).any():
        return True
    norm, norm_before = record["norm"], before["norm"]
    with np.errstate(invalid="ignore"):  # What is not finite has been compared.
        is_out = (norm > BAND * norm_before) | (BAND * norm < norm_before)
    return bool(is_out.any())
