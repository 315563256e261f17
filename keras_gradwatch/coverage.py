"""What is watched, what is not, and why."""

import dataclasses

import keras

from keras_gradwatch import clipping
from keras_gradwatch.backends import backend
from keras_gradwatch.optimizers import find_foreign_optimizers
from keras_gradwatch.step import penalties, streams
from keras_gradwatch.weights import nearest_paths


@dataclasses.dataclass(frozen=True)
class Coverage:
    """What a watch sees of a model.

    Args:
        watched: Paths of the weights whose gradients are measured.
        unwatched: Path of each other weight, and the reason.
        optimizers: Names of the optimizers that were seen.
        notes: What was turned off, and why.
        share: The share of the training's time that the watch takes, measured; `None` where it is
            not known, such as with `every=1`, where there is no other batch to compare with.
    """

    watched: tuple[str, ...] = ()
    unwatched: dict[str, str] = dataclasses.field(default_factory=dict)
    optimizers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    share: float | None = None

    def __str__(self) -> str:
        lines = [f"{len(self.watched)} weights watched, {len(self.unwatched)} not"]
        lines += [f"  {path}: {reason}" for path, reason in self.unwatched.items()]
        lines += [f"  optimizer {name}" for name in self.optimizers]
        if self.share is not None:
            lines.append(f"  sampling takes {self.share:.1%} of the training's time")
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])


def coverage_of(observer, pipeline) -> Coverage:
    """Returns what was seen of a model.

    Args:
        observer: The `Observer` of the model, or `None` before the first `fit`.
        pipeline: The `Pipeline`, for its latest record, its table and its times.
    """
    if observer is None:
        return Coverage(notes=("no fit has begun",))
    record = pipeline.latest
    watched = tuple(weight.path for weight in record.weights) if record else ()
    unwatched = {
        variable.path: _reason(variable, observer, record)
        for variable in observer.model.variables
        if variable.path not in watched
    }
    optimizers = tuple(optimizer.name for optimizer in observer.optimizers)
    notes = _notes(observer, pipeline.table.to_pandas)
    return Coverage(watched, unwatched, optimizers, notes, pipeline.timing.share)


def unmatched(weights, is_watched, variables) -> str | None:
    """Returns a sentence where the argument `weights` chooses none of some variables.

    Args:
        weights: What the user passed.
        is_watched: The function that `selector` made of it.
        variables: The trainable variables of the model.
    """
    if not variables or any(map(is_watched, variables)):
        return None
    text = f"watches nothing: `weights` matches none of the {len(variables)} trainable weights"
    pattern = getattr(weights, "pattern", weights)
    if isinstance(pattern, str):
        nearest = nearest_paths(pattern, [variable.path for variable in variables])
        text += f". Received: weights={pattern!r}. The nearest are {', '.join(nearest)}"
    return text


def _reason(variable, observer, record):
    if not variable.trainable:
        return "not trainable"
    if not observer.is_watched(variable):
        return "not chosen by `weights`"
    if not keras.backend.is_float_dtype(variable.dtype):
        return f"integers ({variable.dtype}) have no gradient"
    if not observer.has_run:
        return "no batch has been sampled"
    return "no optimizer that is watched was given its gradient in the sampled step"


def _notes(observer, to_pandas):
    notes = [*observer.notes, *clipping.notes(observer.optimizers, to_pandas)]
    if not observer.optimizers:
        notes.append("the model holds no Keras optimizer: there is no gradient to see")
    if observer.streams.places and observer.streams.are_rehearsed:
        notes.append(streams.TWICE.format(", ".join(observer.streams.places)))
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
