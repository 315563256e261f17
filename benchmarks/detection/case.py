"""A case of the benchmark, and what training it gives."""

import dataclasses
import functools
from collections.abc import Callable

import keras

from benchmarks.detection.families import reference_loss
from benchmarks.detection.logs import Run
from keras_gradwatch import GradientWatch
from keras_gradwatch.record import Record


@dataclasses.dataclass(frozen=True)
class Case:
    """A model to train.

    Args:
        name: Name in the table.
        build: Function without arguments that gives a compiled model, `x` and `y`.
        symptoms: Symptoms that describe its fault; none for a healthy model.
        repaired: The same model without the fault.
        batch: Batch size.
        epochs: Number of epochs.
    """

    name: str
    build: Callable
    symptoms: tuple[str, ...] = ()
    repaired: Callable | None = None
    batch: int = 16
    epochs: int = 3


def run(case: Case, seed: int = 1) -> Run:
    """Trains a case, and the repaired twin of a faulty one.

    Args:
        case: The case.
        seed: Seed of everything random.
    """
    records: list[Record] = []
    remember = functools.partial(_remember, records)
    watch = GradientWatch(every=10, explain=False, rules=[remember], histograms=False)
    model, learned = _train(case, case.build, seed, [watch])
    return Run(
        name=case.name,
        symptoms=case.symptoms,
        records=records,
        learned=learned,
        twin_learned=case.repaired and _train(case, case.repaired, seed, [])[1],
        learning_rate=float(model.optimizer.learning_rate),
    )


def _train(case, build, seed, callbacks):
    """The model, and the share of the loss that it got rid of."""
    keras.utils.set_random_seed(seed)
    model, x, y = build()
    reference = _loss(model, x, y) if y is None else reference_loss(y, model.loss)
    model.fit(x, y, batch_size=case.batch, epochs=case.epochs, verbose=0, callbacks=callbacks)
    return model, 1 - _loss(model, x, y) / reference


def _loss(model, x, y):
    return float(model.evaluate(x, y, batch_size=256, verbose=0, return_dict=True)["loss"])


def _remember(records, window):
    """A rule that finds nothing and keeps every record."""
    records.append(window.latest)
    return ()
