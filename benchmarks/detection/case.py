"""A program of the benchmark, and what training it gives."""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np

from benchmarks.detection.logs import Run
from keras_gradwatch import GradientWatch
from keras_gradwatch.outputs.output import Output
from keras_gradwatch.record import Record


@dataclasses.dataclass(frozen=True)
class Case:
    """A program to train.

    Args:
        name: Name in the table.
        build: Function without arguments that gives a compiled model, `x` and `y`.
        symptoms: Symptoms that describe its fault; none for a healthy program.
        repaired: The same program without the fault.
        batch: Batch size.
        epochs: Number of epochs.
        start: Whether to measure what it learns by its own loss before the training, where the
            loss of a constant prediction says nothing.
        fit: What else `fit` is called with.
    """

    name: str
    build: Callable
    symptoms: tuple[str, ...] = ()
    repaired: Callable | None = None
    batch: int = 16
    epochs: int = 3
    start: bool = False
    fit: dict = dataclasses.field(default_factory=dict)


def run(case: Case, seed: int = 1) -> Run:
    """Trains a program, and the repaired twin of a faulty one.

    Args:
        case: The program.
        seed: Seed of everything random.
    """
    records: list[Record] = []
    watch = GradientWatch(
        every=10, explain=False, rules=[], histograms=False, outputs=[_Records(records)]
    )
    model, learned = _train(case, case.build, seed, [watch])
    return Run(
        name=case.name,
        symptoms=case.symptoms,
        records=records,
        learned=learned,
        twin_learned=case.repaired and _train(case, case.repaired, seed, [])[1],
        learning_rate=float(model.optimizer.learning_rate) if model.optimizer else 0.0,
    )


def _train(case, build, seed, callbacks):
    """The model, and the share of the loss that it got rid of."""
    keras.utils.set_random_seed(seed)
    model, x, y = build()
    size = max(256, case.batch)
    own = case.start or y is None
    reference = _loss(model, x, y, size) if own else _constant_loss(y, model.loss)
    model.fit(
        x, y, batch_size=case.batch, epochs=case.epochs, verbose=0, callbacks=callbacks, **case.fit
    )
    return model, 1 - _loss(model, x, y, size) / reference


def _loss(model, x, y, size):
    return float(model.evaluate(x, y, batch_size=size, verbose=0, return_dict=True)["loss"])


def _constant_loss(y, loss):
    """The loss of the best constant prediction."""
    is_class = y.dtype.kind == "i" or set(np.unique(y)) == {0, 1}
    if not is_class or loss == "mse":
        return float(np.mean(np.var(y.reshape(len(y), -1), axis=0)))
    shares = np.bincount(y.astype(int).ravel()) / y.size
    return float(-(shares * np.log(np.maximum(shares, 1e-9))).sum())


class _Records(Output):
    """Keeps every record. A rule would not be asked about each of them."""

    def __init__(self, records):
        self._records = records

    def write(self, record):
        self._records.append(record)
