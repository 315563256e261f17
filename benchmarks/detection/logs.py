"""Keeps what a training measured as a small file, and makes records of it again."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from keras_gradwatch.optimizers import Settings
from keras_gradwatch.record import STATISTICS, Record
from keras_gradwatch.weights import Weight

_SHORT = ("mean", "std", "max_abs", "update_ratio", "penalty_share")
"""Statistics that are kept to three digits: no rule compares their last ones."""
_SCALARS = {
    "step": int,
    "epoch": int,
    "batch": int,
    "loss": float,
    "has_loss": bool,
    "skipped": bool,
}


def save(file: Path, records: list[Record], **facts: Any) -> None:
    """Writes the records of one training, all of the same weights.

    Args:
        file: Path of an `.npz` file.
        records: The records.
        **facts: What else is known of the training, JSON-ready.
    """
    weights = records[0].weights if records else ()
    kept = [record for record in records if record.weights == weights]
    rates = [np.broadcast_to(r.learning_rate, len(weights)) for r in kept]
    columns = {n: np.array([r[n] for r in kept], "float32") for n in STATISTICS}
    columns |= {n: _shortened(columns[n]) for n in _SHORT}
    described = [vars(weight) | {"settings": vars(weight.settings)} for weight in weights]
    np.savez_compressed(
        file,
        text=np.array(json.dumps({"weights": described, **facts})),
        scalars=np.array([[getattr(r, n) for n in _SCALARS] for r in kept], float),
        statistics=np.stack([*columns.values(), np.array(rates, "float32")]),
        flags=np.packbits(np.array([[*r.missing, *_alive(r)] for r in kept], bool), axis=-1),
    )


def load(file: Path) -> tuple[list[Record], dict[str, Any]]:
    """Returns the records of a training, and what else is known of it."""
    with np.load(file) as archive:
        columns = dict(archive)
    facts = json.loads(str(columns["text"]))
    weights = tuple(_weight(**described) for described in facts.pop("weights"))
    return [_record(columns, i, weights) for i in range(len(columns["scalars"]))], facts


def _shortened(values):
    """The values with ten bits of precision, which compress well."""
    return np.where(np.isfinite(values), (values.view("int32") & ~0x1FFF).view("float32"), values)


def _alive(record):
    """Which channels are alive, of all weights one after the other; none where it is missing."""
    padded = [
        flags if len(flags) else np.zeros(weight.channels, bool)
        for weight, flags in zip(record.weights, record.alive, strict=True)
    ]
    return np.concatenate(padded) if padded else np.zeros(0, bool)


def _weight(shape, settings, **described):
    return Weight(shape=tuple(shape), settings=Settings(**settings), **described)


def _record(columns, i, weights):
    ends = len(weights) + np.cumsum([0, *(weight.channels for weight in weights)], dtype=int)
    bits = np.unpackbits(columns["flags"][i], count=int(ends[-1])).astype(bool)
    missing, *alive, _ = np.split(bits, ends)
    scalars = dict(zip(_SCALARS, columns["scalars"][i].tolist(), strict=True))
    *statistics, rate = columns["statistics"][:, i].astype("float64")
    return Record(
        **{name: kind(scalars[name]) for name, kind in _SCALARS.items()},
        wall_time=0.0,
        weights=weights,
        statistics=dict(zip(STATISTICS, statistics, strict=True)),
        missing=missing,
        alive=tuple(a[:0] if none else a for a, none in zip(alive, missing, strict=True)),
        learning_rate=rate,
    )
