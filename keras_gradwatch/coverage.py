"""What is watched, what is not, and why."""

import dataclasses

import keras

from keras_gradwatch import clipping
from keras_gradwatch.backends import backend
from keras_gradwatch.optimizers import find_foreign_optimizers
from keras_gradwatch.step import penalties


@dataclasses.dataclass(frozen=True)
class Coverage:
    """What a watch sees of a model.

    Args:
        watched: Paths of the weights whose gradients are measured.
        unwatched: Path of each other weight, and the reason.
        optimizers: Names of the optimizers that were seen.
        notes: What was turned off, and why.
    """

    watched: tuple[str, ...] = ()
    unwatched: dict[str, str] = dataclasses.field(default_factory=dict)
    optimizers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{len(self.watched)} weights watched, {len(self.unwatched)} not"]
        lines += [f"  {path}: {reason}" for path, reason in self.unwatched.items()]
        lines += [f"  optimizer {name}" for name in self.optimizers]
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])


def coverage_of(observer, record, to_pandas) -> Coverage:
    """Returns what was seen of a model.

    Args:
        observer: The `Observer` of the model, or `None` before the first `fit`.
        record: The latest `Record`, or `None`.
        to_pandas: Function that returns the log.
    """
    if observer is None:
        return Coverage(notes=("no fit has begun",))
    watched = tuple(weight.path for weight in record.weights) if record else ()
    unwatched = {
        variable.path: _reason(variable, observer, record)
        for variable in observer.model.variables
        if variable.path not in watched
    }
    optimizers = tuple(optimizer.name for optimizer in observer.optimizers)
    return Coverage(watched, unwatched, optimizers, _notes(observer, to_pandas))


def _reason(variable, observer, record):
    if not variable.trainable:
        return "not trainable"
    if not observer.is_watched(variable):
        return "not chosen by `weights`"
    if not keras.backend.is_float_dtype(variable.dtype):
        return f"whole numbers ({variable.dtype}) have no gradient"
    if not observer.has_run:
        return "no batch has been sampled"
    return "no optimizer that is watched was given its gradient in the sampled step"


def _notes(observer, to_pandas):
    notes = [*observer.notes, *clipping.notes(observer.optimizers, to_pandas)]
    if not observer.optimizers:
        notes.append("the model holds no Keras optimizer: there is no gradient to see")
    for foreign in find_foreign_optimizers(observer.model):
        notes.append(f"{type(foreign).__name__} is no Keras optimizer: its updates are not watched")
    for variable in observer.model.trainable_variables:
        if penalties.is_unknown(variable):
            kind = type(variable.regularizer).__name__
            notes.append(f"the statistics of {variable.path} are with the penalty of its {kind}")
    if not backend().keeps_batch(observer.model):
        notes.append("no cause is searched for where several workers train the model")
    elif backend().has_replicas(observer.model):
        notes.append("causes are searched for on the first replica's part of the batch")
    return tuple(notes)
