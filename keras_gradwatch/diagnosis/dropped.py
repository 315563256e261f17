"""What is made of a weight and never gets to the loss: where it was left."""

import itertools

from keras_gradwatch.diagnosis.verdict import Blame
from keras_gradwatch.diagnosis.walk import Walk
from keras_gradwatch.findings import Location
from keras_gradwatch.recording import kinds
from keras_gradwatch.recording.graph import Operation
from keras_gradwatch.recording.source import is_bare_call, overwritten_parameter


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
        return Blame("unused", store, evidence | {"assigned": True}, location=store.location)
    last = inside[-1]
    line = last.location
    if line is None or not is_bare_call(line):
        line = _overwritten(walk, last) or _goes_on(walk, last)
    return Blame("unused", last, evidence, location=line)


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


def _goes_on(walk: Walk, last: Operation) -> Location | None:
    """The line, in the function where the value was left, that goes on to the loss without it."""
    later = [
        o
        for o in walk.graph.operations[last.index + 1 :]
        if any(v in walk.needed for v in o.outputs)
    ]
    for left in last.lines:
        for operation in later:
            for line in operation.lines:
                same = (line.file, line.function) == (left.file, left.function)
                if same and line.line != left.line:
                    return line
    return next((o.location for o in later if o.location), last.location)
