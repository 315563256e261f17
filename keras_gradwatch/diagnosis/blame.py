"""Follows the gradient back from the loss: blames where it goes in and does not come out.

Everything here is plain nodes and NumPy. Each function answers for one weight, or for one step,
and states a cause only on the values at the operation that it names.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from keras_gradwatch.findings import Location
from keras_gradwatch.recording import kinds
from keras_gradwatch.recording.graph import Backward, Graph, Operation

MOSTLY = 0.95
"""Share of the gradient's elements that an activation must stop to be blamed for a gradient that is
not exactly zero: above what dropout, masks and rectifiers of healthy models stop (up to 0.9)."""


@dataclasses.dataclass(frozen=True)
class Blame:
    """Why one gradient is not what it should be.

    Args:
        cause: One of `findings.CAUSES`.
        operation: The operation to blame, or `None`.
        evidence: The numbers on both sides of it.
        heals: Whether the next update changes the situation by itself.
        location: The line to blame where it is not that of the operation.
    """

    cause: str
    operation: Operation | None = None
    evidence: dict[str, Any] = dataclasses.field(default_factory=dict)
    heals: bool = False
    location: Location | None = None


class Walk:
    """The way of the gradient from a loss to one of its weights.

    Args:
        graph: The step.
        backward: The loss, its weights and the gradients.
        weight: Number of the weight's value.
    """

    def __init__(self, graph: Graph, backward: Backward, weight: int):
        self.graph = graph
        self.backward = backward
        self.weight = weight
        self.reached = graph.after([weight])
        self.needed = graph.before(backward.losses)

    @property
    def is_connected(self) -> bool:
        """Whether the loss depends on the weight at all."""
        return any(loss in self.reached for loss in self.backward.losses)

    def operations(self) -> Iterator[Operation]:
        """The operations between the weight and the loss, in the order of execution."""
        for operation in self.graph.operations:
            reads = any(v in self.reached for v in operation.inputs)
            leads = any(v in self.needed for v in operation.outputs)
            if reads and leads and self.graph.makes(operation):
                yield operation

    def frontier(self, is_alive: Callable[[np.ndarray | None], bool]) -> list[Operation]:
        """The operations whose output has a living gradient and whose input has none.

        Args:
            is_alive: Says whether a gradient lives.
        """
        dead, found = {self.weight}, []
        for operation in self.operations():
            if not any(v in dead for v in operation.inputs):
                continue
            if any(is_alive(self.backward.gradient_of(v)) for v in operation.outputs):
                found.append(operation)
            else:
                dead.update(operation.outputs)
        return found

    def inputs(self, operation: Operation) -> list[int]:
        """The inputs of an operation that depend on the weight."""
        return [v for v in operation.inputs if v in self.reached]

    def gradient(self, values: Iterable[int]) -> np.ndarray | None:
        """The gradients at some values, flat and joined, `None` where no value has one."""
        found = [self.backward.gradient_of(value) for value in values]
        arrays = [np.ravel(gradient) for gradient in found if gradient is not None]
        return np.concatenate(arrays) if arrays else None


# Missing.


def missing(walk: Walk) -> Blame:
    """Says why a weight gets no gradient at all."""
    if not walk.graph.read_by.get(walk.weight):
        return Blame("unused", None, {"read": False})
    if not walk.is_connected:
        return _dropped(walk)
    cuts = walk.frontier(lambda gradient: gradient is not None)
    if cuts and cuts[0].on_tape:
        return _named_cut(walk, cuts)
    return _off_tape(walk)


def _off_tape(walk) -> Blame:
    """The tape did not listen: to the loss, or to something in the middle."""
    deaf = [operation for operation in walk.operations() if not operation.on_tape]
    if not deaf:
        return Blame("unknown")
    loss = walk.graph.made_by.get(walk.backward.losses[0])
    cause = "stop-gradient" if loss is not None and loss.on_tape else "no-loss"
    return Blame(cause, deaf[0], {"recorded by the tape": False})


def _dropped(walk) -> Blame:
    """What is made of the weight never gets to the loss."""
    inside = [o for o in walk.graph.operations if any(v in walk.reached for v in o.inputs)]
    evidence = {"read": True, "operations": len(inside)}
    host = [o for o in inside if o.kind in kinds.HOSTS]
    if host:
        return Blame("host-call", host[0], evidence)
    return Blame("unused", inside[-1], evidence, location=_goes_on(walk, inside[-1]))


def _goes_on(walk, last) -> Location | None:
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


def _cause_of_cut(operation) -> str:
    """Why an operation gives no gradient to its inputs."""
    if operation.kind in (kinds.STOP, kinds.CUSTOM):
        return "stop-gradient"
    if operation.kind == kinds.OVERWRITE:
        return "unused"
    return "host-call" if operation.kind in kinds.HOSTS else "non-differentiable"


def _named_cut(walk, cuts) -> Blame:
    """The first cut decides; where a float became a number without a slope, that is named."""
    cut = cuts[0]
    cause = _cause_of_cut(cut)
    if cause == "non-differentiable":
        cut = _boundary(walk, cut)
    after = norm(walk.gradient(cuts[0].outputs))
    evidence: dict[str, Any] = {"gradient after": after, "gradient before": None}
    if len(cuts) > 1:
        evidence["further cuts"] = sorted({o.spoken for o in cuts[1:]} - {cut.spoken})
    return Blame(cause, cut, evidence)


def _boundary(walk, cut) -> Operation:
    """The operation that made an integer or a truth value out of a floating-point number."""
    waiting, seen = [cut], set()
    while waiting:
        operation = waiting.pop()
        inputs = walk.inputs(operation)
        if any(walk.graph.is_float(v) or v == walk.weight for v in inputs):
            return operation
        for value in inputs:
            maker = walk.graph.made_by.get(value)
            if maker is not None and maker.index not in seen:
                seen.add(maker.index)
                waiting.append(maker)
    return cut


# Zero.


def zero(walk: Walk) -> Blame:
    """Says why a gradient is exactly zero, or almost everywhere."""
    stops = walk.frontier(lambda gradient: gradient is not None and bool(np.any(gradient)))
    blames = [_named_stop(walk, operation) for operation in stops]
    return next((blame for blame in blames if blame.cause != "unknown"), Blame("unknown"))


def mostly_zero(walk: Walk) -> Blame:
    """Says which activation stops almost all of a gradient that is not exactly zero."""
    for operation in walk.operations():
        if operation.kind in kinds.SATURATES and _stopped(walk, operation) >= MOSTLY:
            return _named_stop(walk, operation)
    return Blame("unknown")


def _stopped(walk, operation) -> float:
    """Share of the gradient's elements that go into an activation and do not come out."""
    after, before = walk.gradient(operation.outputs), walk.gradient(walk.inputs(operation))
    if after is None or before is None or before.size != after.size or not after.any():
        return 0.0
    return float((before[after != 0] == 0).mean())


def _named_stop(walk, operation) -> Blame:
    value = walk.inputs(operation)[0]
    evidence = {
        "gradient after": norm(walk.gradient(operation.outputs)),
        "gradient before": norm(walk.gradient(walk.inputs(operation))),
    }
    evidence |= _range(walk.graph.value_of(value))
    if operation.kind in kinds.PRODUCTS:
        return _product(walk, operation, value, evidence)
    return Blame(_cause_of_stop(operation, walk.graph, value), operation, evidence)


def _cause_of_stop(operation, graph, value) -> str:
    """Why an operation gives a zero gradient to one of its inputs."""
    values = graph.value_of(value)
    if operation.kind in (kinds.FLAT, kinds.CUSTOM):
        return "zero-derivative"
    if operation.kind == kinds.RECTIFIER:
        return "dead-activation" if np.max(values) <= 0 else "saturated"
    if operation.kind in kinds.SATURATES:
        is_constant = operation.kind == kinds.SOFTMAX and values.shape[-1] == 1
        return "zero-derivative" if is_constant else "saturated"
    if operation.kind in (kinds.MAXIMUM, kinds.MINIMUM):
        others = [graph.value_of(v) for v in operation.inputs if v != value]
        is_rectifier = operation.kind == kinds.MAXIMUM and not any(np.any(o) for o in others)
        return "dead-activation" if is_rectifier else "saturated"
    if operation.kind == kinds.CHOICE:
        depends = value in graph.before([operation.inputs[0]])
        return "dead-activation" if depends else "zero-signal"
    return "unused" if operation.kind == kinds.OVERWRITE else "unknown"


def _product(walk, operation, value, evidence) -> Blame:
    """One factor is zero, so that the other one gets no gradient."""
    others = [v for v in operation.inputs if v != value and walk.graph.is_float(v)]
    zeros = [v for v in others if not np.any(walk.graph.value_of(v))]
    if not zeros and not (operation.kind == kinds.POWER and evidence.get("largest") == 0):
        return Blame("unknown", operation, evidence)
    source = _dead_source(walk, zeros)
    if source is not None:
        return Blame("dead-activation", source, evidence | {"zero factor": True})
    return Blame(
        "zero-signal", operation, evidence | {"zero factor": True}, _can_change(walk, zeros)
    )


def _dead_source(walk, zeros) -> Operation | None:
    """The rectifier that makes a factor zero, if it is zero for every input it gets."""
    for value in zeros:
        maker = walk.graph.made_by.get(value)
        while maker is not None and maker.kind in kinds.KEEPS_ZERO and maker.inputs:
            maker = walk.graph.made_by.get(maker.inputs[0])
        if maker is not None and maker.kind == kinds.RECTIFIER:
            values = walk.graph.value_of(maker.inputs[0])
            if values is not None and np.any(values) and np.max(values) <= 0:
                return maker
    return None


def _can_change(walk, zeros) -> bool:
    """Whether a weight behind a zero factor gets a gradient: it is not zero for long."""
    behind = walk.graph.before(zeros)
    gradients = (walk.backward.gradient_of(w) for w in walk.backward.weights if w in behind)
    return any(gradient is not None and np.any(gradient) for gradient in gradients)


def dead_channels(walk: Walk) -> Blame:
    """Says which rectifier is never positive on some of its channels."""
    for operation in reversed(list(walk.operations())):
        if operation.kind == kinds.RECTIFIER:
            values = walk.graph.value_of(operation.inputs[0])
            if values is None:
                continue
            dead = np.all(values <= 0, axis=tuple(range(values.ndim - 1)))
            if dead.any():
                evidence = {"dead channels": int(dead.sum()), "channels": int(dead.size)}
                return Blame("dead-activation", operation, evidence | _range(values))
    return Blame("unknown")


# Not finite.


def non_finite(graph: Graph, backward: Backward) -> Blame | None:
    """Says where the first NaN or Inf of a step is born, or `None` where all is finite."""
    needed = graph.before(backward.losses)
    for operation in graph.operations:
        if any(v in needed for v in operation.outputs) and _is_born_in(graph, operation, needed):
            return Blame("non-finite", operation, _birth(graph, operation, "forward"))
    for operation in reversed(graph.operations):
        after = [backward.gradient_of(v) for v in operation.outputs]
        before = [backward.gradient_of(v) for v in operation.inputs]
        passes = operation.kind != kinds.FORGETS and any(g is not None for g in after)
        if passes and all(map(_finite, after)) and not all(map(_finite, before)):
            return Blame("non-finite", operation, _birth(graph, operation, "backward"))
    return None


def _is_born_in(graph, operation, needed) -> bool:
    """Whether an output is NaN, or an Inf that goes on as one, though nothing that came in was."""
    if operation.attributes.get("is_constant"):
        return False
    made = [v for v in operation.inputs if v in graph.made_by]
    if not all(_finite(graph.value_of(v)) for v in made):
        return False
    outputs = [graph.value_of(v) for v in operation.outputs]
    if all(_finite(output) for output in outputs):
        return False
    return any(np.isnan(o).any() for o in outputs if o is not None) or any(
        not _finite(graph.value_of(v))
        for reader in _readers(graph, operation)
        for v in reader.outputs
        if v in needed
    )


def _readers(graph, operation):
    return [reader for v in operation.outputs for reader in graph.read_by.get(v, ())]


def _birth(graph, operation, direction) -> dict[str, Any]:
    values = [graph.value_of(v) for v in operation.inputs]
    ranges = [_range(value) for value in values if value is not None and value.size]
    return {"pass": direction, "inputs": ranges}


def _finite(array) -> bool:
    return array is None or bool(np.isfinite(array).all())


def norm(gradient) -> float | None:
    """L2 norm in float64, `None` for no gradient."""
    return None if gradient is None else float(np.linalg.norm(np.asarray(gradient, "float64")))


def _range(array) -> dict[str, float]:
    if array is None or not array.size:
        return {}
    return {"smallest": float(np.min(array)), "largest": float(np.max(array))}
