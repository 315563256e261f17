"""What is made of a weight and never gets to the loss: where it was left."""

import itertools

from keras_gradwatch.diagnosis.verdict import Blame
from keras_gradwatch.diagnosis.walk import Walk
from keras_gradwatch.findings import Location
from keras_gradwatch.recording import kinds
from keras_gradwatch.recording.graph import Operation
from keras_gradwatch.recording.source import (
    assigned_names,
    is_bare_call,
    is_returned,
    overwritten_parameter,
)


def dropped(walk: Walk) -> Blame:
    """Says where what is made of a weight ends: taken to Python, stored, or left.

    Args:
        walk: The way of a weight that is read and not connected to the loss.
    """
    inside = [o for o in walk.readers if walk.backward.sees(o)] or walk.readers
    evidence = {"read": True, "operations": len(inside)}
    host = next((o for o in inside if o.kind in kinds.HOSTS), None)
    if host is not None:
        return Blame("host-call", host, evidence)
    stores = [o for o in inside if o.kind == kinds.ASSIGN and o.inputs[0] in walk.needed]
    if stores:  # The loss reads the variable, and a variable has no memory of what made it.
        store = stores[-1]
        evidence = evidence | {"assigned": True}
        if walk.needed.isdisjoint(walk.backward.weights):  # Nothing else gets through either.
            because = "the loss is read off a variable, such as the total of a metric: a number"
            fix = "compute the loss with a function or a `keras.losses.Loss`, not with a metric"
            return Blame("no-loss", store, evidence, because=because, fix=fix)
        return Blame("unused", store, evidence)
    last = inside[-1]
    line = _bare_call(last) or _overwritten(walk, last) or goes_on(walk, last)
    return Blame("unused", last, evidence, location=line)


def _bare_call(last: Operation) -> Location | None:
    """The line that calls for a value, from however deep inside, and takes no result."""
    left = next(iter(_left_on(last)), None)
    return left if left is not None and is_bare_call(left) else None


def _left_on(last: Operation) -> tuple[Location, ...]:
    """The lines of the last operation on a value, from the function on that does not return it."""
    for i, line in enumerate(last.lines):
        if is_bare_call(line) or not is_returned(line):
            return last.lines[i:]
    return last.lines


def _overwritten(walk: Walk, last: Operation) -> Location | None:
    """The line of a function that was called with the value, and writes over that parameter."""
    for left in last.lines:
        for operation in walk.graph.operations[last.index + 1 :]:
            for inner, outer in itertools.pairwise(operation.lines):
                if outer == left and inner != left:
                    line = overwritten_parameter(inner)
                    if line is not None:
                        return line
    return None


def goes_on(walk: Walk, last: Operation) -> Location | None:
    """The line, in the function where a value was left, that goes on to the loss without it.

    Args:
        walk: The way of a weight that the loss does not depend on.
        last: The last operation on it.
    """
    later = [
        o
        for o in walk.graph.operations[last.index + 1 :]
        if any(v in walk.needed for v in o.outputs)
    ]
    for left in _left_on(last):
        by_line = _by_line(later, left)
        taken = set(assigned_names(left))
        for line, made in by_line.items():
            if taken.intersection(assigned_names(line)) or _could_use(walk, last, made):
                return line
        if by_line:
            return next(iter(by_line))
    return next((o.location for o in later if o.location), last.location)


def _by_line(operations: list[Operation], left: Location) -> dict[Location, list[Operation]]:
    """Operations by the line of one function that they come from, without a line that is known."""
    found: dict[Location, list[Operation]] = {}
    for operation in operations:
        for line in operation.lines:
            same = (line.file, line.function) == (left.file, left.function)
            if same and line.line != left.line:
                found.setdefault(line, []).append(operation)
    return found


def _could_use(walk, last: Operation, made: list[Operation]) -> bool:
    """Whether a line reads a value like the one that was left, what it was made of, or a newer one.

    A line that does none of these belongs to a branch beside it.
    """
    own = {value for operation in made for value in operation.outputs}
    shape = _shape(walk, last.outputs[0]) if last.outputs else None
    for value in {v for o in made for v in o.inputs} - own:
        maker = walk.graph.made_by.get(value)
        is_newer = maker is not None and maker.index > last.index
        if is_newer or value in last.inputs or (shape is not None and _shape(walk, value) == shape):
            return True
    return False


def _shape(walk, value) -> tuple[int, ...] | None:
    array = walk.graph.value_of(value)
    return None if array is None else array.shape
