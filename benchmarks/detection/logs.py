"""Keeps what a training measured as a small file, and makes records of it again."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from keras_gradwatch.optimizers import Settings
from keras_gradwatch.record import STATISTICS, Record
from keras_gradwatch.weights import Weight

_SCALARS = ("step", "epoch", "batch", "loss", "has_loss", "skipped")


def save(file: Path, records: list[Record], **facts: Any) -> None:
    """Writes the records of one training, all of the same weights.

    Args:
        file: Path of an `.npz` file.
        records: The records.
        **facts: What else is known of the training, JSON-ready.
    """
    weights = records[0].weights if records else ()
    kept = [record for record in records if record.weights == weights]
    columns = {n: np.array([r[n] for r in kept], "float32") for n in STATISTICS}
    columns |= {n: np.array([getattr(r, n) for r in kept]) for n in _SCALARS}
    rates = [np.broadcast_to(r.learning_rate, len(weights)) for r in kept]
    columns["learning_rate"] = np.array(rates, "float32")
    columns["missing"] = np.array([r.missing for r in kept])
    columns["alive"] = np.packbits(np.array([_flags(r) for r in kept], bool), axis=-1)
    described = [vars(weight) | {"settings": vars(weight.settings)} for weight in weights]
    text = json.dumps({"weights": described, **facts})
    np.savez_compressed(file, text=np.array(text), **columns)


def load(file: Path) -> tuple[list[Record], dict[str, Any]]:
    """Returns the records of a training, and what else is known of it."""
    with np.load(file) as archive:
        columns = dict(archive)
    facts = json.loads(str(columns.pop("text")))
    weights = tuple(_weight(**described) for described in facts.pop("weights"))
    ends = np.cumsum([weight.channels for weight in weights], dtype=int)
    return [_record(columns, i, weights, ends) for i in range(len(columns["step"]))], facts


def _flags(record):
    """Which channels are alive, of all weights one after the other; none where it is missing."""
    padded = [
        flags if len(flags) else np.zeros(weight.channels, bool)
        for weight, flags in zip(record.weights, record.alive, strict=True)
    ]
    return np.concatenate(padded) if padded else np.zeros(0, bool)


def _weight(shape, settings, **described):
    return Weight(shape=tuple(shape), settings=Settings(**settings), **described)


def _record(columns, i, weights, ends):
    missing = columns["missing"][i]
    count = int(ends[-1]) if len(ends) else 0
    flags = np.unpackbits(columns["alive"][i], count=count).astype(bool)
    alive = np.split(flags, ends[:-1])
    return Record(
        **{name: columns[name][i].item() for name in _SCALARS},
        wall_time=0.0,
        weights=weights,
        statistics={name: columns[name][i].astype("float64") for name in STATISTICS},
        missing=missing,
        alive=tuple(a[:0] if none else a for a, none in zip(alive, missing, strict=True)),
        learning_rate=columns["learning_rate"][i].astype("float64"),
    )
