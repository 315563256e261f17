"""Records made by hand, for the tests of the rules."""

import numpy as np

from keras_gradwatch.record import STATISTICS, Record
from keras_gradwatch.weights import Weight

CHANNELS = 8


def weight(path, shape=(4, CHANNELS)):
    return Weight(path, path.rpartition("/")[0], shape, "adam")


KERNEL, BIAS, OTHER = weight("one/kernel"), weight("one/bias", (CHANNELS,)), weight("two/kernel")
WEIGHTS = (KERNEL, BIAS, OTHER)
ORDINARY = {
    "norm": 1.0,
    "mean": 0.0,
    "std": 0.1,
    "max_abs": 0.5,
    "zero_fraction": 0.0,
    "dead_fraction": 0.0,
    "nonfinite": 0.0,
    "weight_norm": 2.0,
    "update_ratio": 1e-3,
    "penalty_share": 0.0,
}
MISSING = dict.fromkeys(STATISTICS, np.nan) | {"missing": True, "alive": []}
ZERO = {
    "norm": 0.0,
    "std": 0.0,
    "max_abs": 0.0,
    "zero_fraction": 1.0,
    "dead_fraction": 1.0,
    "alive": [False] * CHANNELS,
}
NAN = {"norm": np.nan, "mean": np.nan, "std": np.nan, "max_abs": np.nan, "nonfinite": 3.0}


def dead(*channels, of=CHANNELS):
    """What a weight shows whose given channels have no gradient."""
    alive = [i not in channels for i in range(of)]
    return {"alive": alive, "dead_fraction": len(channels) / of}


def record(
    step,
    *,
    weights=WEIGHTS,
    loss=1.0,
    has_loss=True,
    skipped=False,
    learning_rate=np.nan,
    **special,
):
    """A record in which each weight is ordinary, but for what is said of it.

    Args:
        step: The step.
        weights: The weights.
        loss: The loss.
        has_loss: Whether the loss is known.
        skipped: Whether a loss scale skipped the step.
        learning_rate: Learning rate of all optimizers.
        **special: For the path of a weight, with `_` for `/`, what is special of it.
    """
    rows = [ORDINARY | special.get(w.path.replace("/", "_"), {}) for w in weights]
    return Record(
        step=step,
        epoch=step // 100,
        batch=step % 100,
        wall_time=0.0,
        weights=weights,
        statistics={name: np.array([row[name] for row in rows], float) for name in STATISTICS},
        missing=np.array([row.get("missing", False) for row in rows], bool),
        alive=tuple(
            np.array(row.get("alive", [True] * w.channels), bool)
            for w, row in zip(weights, rows, strict=True)
        ),
        loss=loss,
        has_loss=has_loss,
        skipped=skipped,
        learning_rate=np.full(len(weights), learning_rate),
    )
