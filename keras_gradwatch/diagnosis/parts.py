"""Values that are joined and taken apart again: the loss may read another part of them.

The outputs of several heads are put into one array, and the loss cuts it up. The array has a
gradient, and the part of one head has none: what happened to it stands behind the cut.
"""

import numpy as np

from keras_gradwatch.diagnosis import blame
from keras_gradwatch.diagnosis.verdict import Blame
from keras_gradwatch.diagnosis.walk import Walk
from keras_gradwatch.recording.graph import Operation


def zero(walk: Walk) -> Blame:
    """Says why the part of a joined value that a weight makes gets a gradient of zeros.

    Args:
        walk: The way of a weight whose gradient is zero, with no operation on it that makes it so.
    """
    ends = walk.frontier(lambda gradient: gradient is not None and bool(np.any(gradient)))
    again = _read_again(walk, ends)
    if again is not None:
        because = "the same elements are read twice and cancel out: the loss does not depend on it"
        return Blame("no-loss", again, because=because, fix="read the elements that were meant")
    for end in ends:
        for reader, value in _readers(walk, end):
            found = _behind(walk, reader, value)
            if found is not None:
                return found
    return Blame("unknown")


def _read_again(walk, ends: list[Operation]) -> Operation | None:
    """The second of two operations that read the same elements of one value."""
    seen: list[tuple[Operation, np.ndarray]] = []
    for end in ends:
        array = walk.graph.value_of(end.outputs[0])
        for other, known in seen:
            is_same = array is not None and array.shape == known.shape and np.ptp(known) > 0
            if is_same and other.inputs[0] == end.inputs[0] and np.array_equal(array, known):
                return end
        if array is not None and array.size:
            seen.append((end, array))
    return None


def _readers(walk, end: Operation):
    """The operations that read what another one makes, with each of their results."""
    for value in end.outputs:
        for reader in walk.graph.read_by.get(value, ()):
            for made in reader.outputs:
                yield reader, made


def _behind(walk, reader: Operation, value: int) -> Blame | None:
    """Why a part has no gradient, if it is one that the weight makes."""
    array, gradient = walk.graph.value_of(value), walk.backward.gradient_of(value)
    if array is None or (gradient is not None and np.any(gradient)):
        return None
    backward = walk.put_in(value, np.ones_like(array))
    pulled = backward.gradient_of(walk.weight) if backward else None
    if pulled is None or not np.any(pulled):
        return None
    part = Walk(walk.graph, walk.backward, value)
    found = blame.missing(part) if gradient is None else blame.zero(part)
    if found.cause == "unknown":
        return None
    return found if found.operation else Blame("unused", reader, found.evidence)
