"""A case of the benchmark, what training it gives, and the log that is kept of it."""

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path

import keras

from benchmarks.detection import logs
from benchmarks.detection.families import reference_loss
from keras_gradwatch import GradientWatch
from keras_gradwatch.record import Record

UNLEARNED = 0.3
"""Share of what its repaired twin learns that a faulty model must fail to learn."""
LEARNED = 0.2
"""Share of the loss of the best constant prediction that a healthy model gets rid of."""


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


@dataclasses.dataclass(frozen=True)
class Run:
    """What a training of a case gave.

    Args:
        name: Name of the case.
        symptoms: Symptoms of its fault.
        records: The records, one batch in ten.
        learned: How much lower the loss is after the training than that of the best constant
            prediction (or, without targets, than before), as a share of it.
        twin_learned: The same of the repaired twin, `None` for a healthy model.
        learning_rate: Learning rate of the optimizer at the end.
    """

    name: str
    symptoms: tuple[str, ...]
    records: list[Record]
    learned: float
    twin_learned: float | None
    learning_rate: float

    @property
    def is_fair(self) -> bool:
        """Whether a healthy model learns, and a faulty one far less than its repaired twin.

        A run that could not be watched proves nothing either.
        """
        if not self.records:
            return False
        if self.twin_learned is None:
            return self.learned > LEARNED
        # Written so that a loss of NaN has learned nothing.
        has_learned = self.learned > (1 - UNLEARNED) * self.twin_learned
        return self.twin_learned > LEARNED and not has_learned

    def save(self, file: Path) -> None:
        """Writes the run to a file."""
        facts = {name: value for name, value in vars(self).items() if name != "records"}
        logs.save(file, self.records, **facts)

    @classmethod
    def load(cls, file: Path) -> "Run":
        """Returns the run of a file."""
        records, facts = logs.load(file)
        return cls(records=records, **facts)


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
