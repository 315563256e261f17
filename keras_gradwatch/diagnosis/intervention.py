"""Tries a cause out: puts the gradient in where it stops, and looks whether the weight gets it.

A cause is a claim about what would happen otherwise. The gradient that arrives at the operation to
blame is put in at its input, as if it had a slope of 1, and pulled back to the weight through the
same graph. Either the weight gets a gradient, or something else on the way stops it as well.
"""

import dataclasses

import numpy as np

from keras_gradwatch.diagnosis import blame
from keras_gradwatch.diagnosis.verdict import Blame
from keras_gradwatch.diagnosis.walk import Walk, norm
from keras_gradwatch.recording import kinds
from keras_gradwatch.recording.graph import Backward, Operation


def tried(walk: Walk, name: str, found: Blame) -> Blame:
    """Adds what an intervention shows to the evidence of a blame.

    Args:
        walk: The way of the weight.
        name: Path of the weight.
        found: Why the weight gets no gradient, or zeros.

    Returns:
        The same blame, with a sentence as `"check"` in its evidence where a gradient could be put
        in and either reached the weight or was stopped by something else.
    """
    backward = _pulled(walk, found.operation)
    if backward is None:
        return found
    gradient = backward.gradient_of(walk.weight)
    size = norm(gradient)
    if size:
        text = f"with a slope of 1 there, {name} gets a gradient of norm {size:.3g}"
        return _checked(found, text)
    further = Walk(walk.graph, backward, walk.weight)
    stop = (blame.missing if gradient is None else blame.zero)(further).operation
    if stop is None or stop is found.operation:
        return found
    text = f"with a slope of 1 there, {stop.spoken} still stops the gradient"
    return _checked(found, f"{text} at {stop.location}" if stop.location else text)


def dropped(walk: Walk, name: str, found: Blame) -> Blame:
    """The same for a value that is made of a weight and goes nowhere.

    Args:
        walk: The way of the weight.
        name: Path of the weight.
        found: Where the value was dropped.
    """
    for value in found.operation.outputs if found.operation else ():
        array = walk.graph.value_of(value)
        backward = None if array is None else walk.put_in(value, np.ones_like(array))
        size = norm(backward.gradient_of(walk.weight)) if backward else None
        if size:
            text = f"with a gradient of 1 for what is dropped, {name} gets one of norm {size:.3g}"
            return _checked(found, text)
    return found


def beside(walk: Walk, name: str, found: Blame) -> Blame:
    """The same for a variable that nobody trains: what gradient the loss has for it.

    Args:
        walk: The way of the variable.
        name: Path of the variable.
        found: Why nobody trains it.
    """
    readers = walk.graph.read_by[walk.weight]
    reads = [v for o in readers if o.kind == kinds.READ for v in o.outputs]
    sizes = (norm(walk.backward.gradient_of(value)) for value in [walk.weight, *reads])
    size = next(filter(None, sizes), None)
    return _checked(found, f"the loss has a gradient of norm {size:.3g} for it") if size else found


def _checked(found: Blame, text: str) -> Blame:
    return dataclasses.replace(found, evidence=found.evidence | {"check": text})


def _pulled(walk, operation) -> Backward | None:
    """The backward pass from the input of an operation, with what arrives behind it."""
    if operation is None:
        return None
    arriving = _arriving(walk, operation)
    entries = [v for v in walk.inputs(operation) if walk.graph.is_float(v)]
    if arriving is None or not entries:
        return None
    seed = _spread(arriving, np.shape(walk.graph.value_of(entries[0])))
    if seed is None:
        return None
    return walk.put_in(entries[0], seed)


def _arriving(walk: Walk, operation: Operation) -> np.ndarray | None:
    """The gradient at the first value that is made of an operation and has one."""
    after = walk.graph.after(operation.outputs)
    for later in walk.operations:
        for value in later.outputs:
            gradient = walk.backward.gradient_of(value) if value in after else None
            if gradient is not None and np.any(gradient):
                return gradient
    return None


def _spread(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
    """A gradient in the shape of the input: an argmax takes an axis away, a sum several."""
    if gradient.size == np.prod(shape):
        return gradient.reshape(shape)
    gone = [
        axis for axis in range(len(shape)) if (*shape[:axis], *shape[axis + 1 :]) == gradient.shape
    ]
    if gone:
        gradient = np.expand_dims(gradient, gone[-1])
    try:
        return np.broadcast_to(gradient, shape)
    except ValueError:
        return None
