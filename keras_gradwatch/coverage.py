"""What is watched, what is not, and why."""

import dataclasses


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


def coverage_of(observer, record) -> Coverage:
    """Returns what was seen of a model.

    Args:
        observer: The `Observer` of the model, or `None` before the first `fit`.
        record: The latest `Record`, or `None`.
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
    return Coverage(watched, unwatched, optimizers, _notes(observer))


def _reason(variable, observer, record):
    if not variable.trainable:
        return "not trainable"
    if not observer.chosen(variable):
        return "not chosen by `weights`"
    if record is None:
        return "no batch has been sampled"
    return "no optimizer was given its gradient in the sampled step"


def _notes(observer):
    if observer.optimizers:
        return ()
    return ("the model holds no Keras optimizer: there is no gradient to see",)
