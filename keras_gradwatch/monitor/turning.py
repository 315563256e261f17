"""Which records the rules must see at once.

All rules at each record would cost more than all the rest.
"""

import numpy as np

from keras_gradwatch.record import Record, Records

BAND = 16
"""By this factor a norm may differ before the rules are asked: batches differ by less."""


def first_turn(records: Records, before: Record | None) -> int | None:
    """Returns the position of the first record at which something begins or ends.

    Args:
        records: The records.
        before: The last one that the rules have seen, or `None`.

    Returns:
        The position, or `None` where nothing that rules look for begins or ends.
    """
    if before is None or records.weights is not before.weights:
        return 0
    turns = np.array(records.epoch) != before.epoch
    turns |= np.array(records.skipped) != before.skipped
    turns |= np.isfinite(records.loss) != np.isfinite(before.loss)
    bad, bad_before = records.statistics["nonfinite"] > 0, before["nonfinite"] > 0
    norm, norm_before = records.statistics["norm"], before["norm"]
    with np.errstate(invalid="ignore"):  # What is not finite has been compared.
        is_out = (norm > BAND * norm_before) | (BAND * norm < norm_before)
    is_other = (bad != bad_before) | (records.missing != before.missing) | is_out
    turns |= is_other.any(axis=1)
    return int(np.argmax(turns)) if turns.any() else None
