"""Follows the gradient back from the loss: blames where it goes in and does not come out.

Everything here is plain nodes and NumPy. Each function answers for one weight, and states a cause
only on the values at the operation that it names.
"""

import dataclasses
from typing import Any

import numpy as np

from keras_gradwatch.diagnosis import constant
from keras_gradwatch.diagnosis.dropped import dropped
from keras_gradwatch.diagnosis.verdict import Blame
from keras_gradwatch.diagnosis.walk import Walk, norm, value_range
from keras_gradwatch.findings import Location
from keras_gradwatch.recording import kinds
from keras_gradwatch.recording.graph import Backward, Graph, Operation

ROUNDING = 8 * float(np.finfo("float32").eps)
"""Share of a sum that float32 may get wrong: the last three bits."""

MOSTLY = 0.95
"""Share of the gradient's elements that an activation must stop to be blamed for a gradient that is
not exactly zero: above what dropout, masks and rectifiers of healthy models stop (up to 0.9)."""


# Missing.


def missing(walk: Walk) -> Blame:
    """Says why a weight gets no gradient at all."""
    if not walk.graph.read_by.get(walk.weight):
        return Blame("unused", None, {"read": False})
    if not walk.is_connected:
        return dropped(walk)
    cuts = walk.frontier(lambda gradient: gradient is not None)
    if cuts and cuts[0].on_tape and not _comes_off_tape(walk, cuts[0]):
        return _named_cut(walk, cuts)
    return _off_tape(walk)


def _comes_off_tape(walk, cut) -> bool:
    """Whether what a cut reads was made while the tape did not listen."""
    makers = [walk.graph.made_by.get(value) for value in walk.inputs(cut)]
    return any(maker is not None and not maker.on_tape for maker in makers)


def _off_tape(walk) -> Blame:
    """The tape did not listen: to the loss, or to something in the middle."""
    deaf = [operation for operation in walk.operations if not operation.on_tape]
    if not deaf:
        return Blame("unknown")
    evidence = {"recorded by the tape": False}
    loss = walk.graph.made_by.get(walk.backward.losses[0])
    if loss is None or not loss.on_tape:
        return Blame("no-loss", deaf[0], evidence)
    if walk.backward.sees(deaf[0]):
        return _switched_off(deaf[0], evidence)
    heard = [line for o in walk.operations if o.on_tape for line in o.lines]
    return Blame(
        "stop-gradient",
        deaf[0],
        evidence,
        location=deaf[0].line_beside(heard),
        because="it runs before the gradient tape is open, and is a constant to it",
        fix="move it inside: `with tf.GradientTape() as tape:`",
    )


def _switched_off(operation, evidence) -> Blame:
    """The tape is open, and does not record an operation."""
    if operation.kind == kinds.STOP:
        return Blame("stop-gradient", operation, evidence)
    because = "it runs where no gradient is recorded"
    fix = "take it out of `stop_recording`, `init_scope` or `no_grad`"
    return Blame("stop-gradient", operation, evidence, because=because, fix=fix)


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


def rounding(walk: Walk, rounding_only: frozenset[int]) -> Blame:
    """Says which activation leaves nothing but rounding of a gradient, on every path.

    Args:
        walk: The way of the weight.
        rounding_only: What `rounding_only` returned for its backward pass.
    """
    if not rounding_only:
        return Blame("unknown")
    alive, found = {walk.weight}, []
    for operation in walk.operations:
        if any(v in alive for v in operation.inputs):
            if operation.index in rounding_only:
                found.append(operation)
            else:
                alive.update(operation.outputs)
    if not found or any(loss in alive for loss in walk.backward.losses):
        return Blame("unknown")
    return _named_stop(walk, found[0])


def rounding_only(graph: Graph, backward: Backward) -> frozenset[int]:
    """Returns the numbers of the activations that leave nothing but rounding of a gradient.

    A softmax over one unit, or one that is one-hot, gives 1e-8 and not 0.

    Args:
        graph: The step.
        backward: The backward pass.
    """
    return frozenset(
        operation.index
        for operation in graph.operations
        if operation.kind in kinds.SATURATES and _leaves_rounding(graph, backward, operation)
    )


def _leaves_rounding(graph, backward, operation) -> bool:
    after, before = (
        [g for g in map(backward.gradient_of, values) if g is not None and g.size]
        for values in (operation.outputs, operation.inputs)
    )
    if not after or not before or not np.any(after[0]) or not np.any(before[0]):
        return False
    if np.abs(before[0]).max() > ROUNDING * np.abs(after[0]).max():
        return False
    out = graph.value_of(operation.outputs[0])  # A difference that cancels is no flat end.
    return bool(np.abs(out - np.clip(np.round(out), -1, 1)).max() <= ROUNDING)


def mostly_zero(walk: Walk) -> Blame:
    """Says which activation stops almost all of a gradient that is not exactly zero."""
    for operation in walk.operations:
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
    evidence |= value_range(walk.graph.value_of(value))
    if operation.kind in kinds.PRODUCTS:
        return _product(walk, operation, value, evidence)
    if _takes_nothing(operation, walk.graph, value):
        because = f"nothing of it gets into {operation.spoken}"
        fix = "look at what selects the elements: indices out of range, a mask"
        return Blame("zero-signal", operation, evidence, because=because, fix=fix)
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


def _takes_nothing(operation, graph, value) -> bool:
    """Whether nothing of a value gets into a result, such as a sum into rows out of range."""
    if operation.kind != kinds.LINEAR:
        return False
    made = [graph.value_of(v) for v in operation.outputs]
    return bool(np.any(graph.value_of(value))) and not any(np.any(m) for m in made if m is not None)


def _product(walk, operation, value, evidence) -> Blame:
    """One factor is zero, so that the other one gets no gradient."""
    no_factors = {value, *operation.attributes.get("summands", ())}
    others = [v for v in operation.inputs if v not in no_factors and walk.graph.is_float(v)]
    zeros = [v for v in others if not np.any(walk.graph.value_of(v))]
    if not zeros and not (operation.kind == kinds.POWER and evidence.get("largest") == 0):
        return Blame("unknown", operation, evidence)
    evidence = evidence | {"zero factor": True}
    source = _source_of_zero(walk, zeros)
    if source is not None:
        return dataclasses.replace(source, evidence=evidence)
    line = _origin_of_zero(walk, zeros)
    heals = _can_change(walk, zeros)
    if line is None:
        return Blame("zero-signal", operation, evidence, heals)
    fix = "find out why this factor is 0 for the whole batch: a mask, a label, a loss weight"
    return Blame("zero-signal", operation, evidence, heals, line, fix=fix)


def _origin_of_zero(walk, zeros) -> Location | None:
    """The line that makes a factor zero out of the batch, if no weight has a part in it."""
    trained = walk.graph.after(walk.backward.weights)
    for value in zeros:
        maker = walk.graph.made_by.get(value)
        while maker is not None and maker.kind in kinds.KEEPS_WEIGHT and maker.inputs:
            maker = walk.graph.made_by.get(maker.inputs[0])
        if maker is not None and maker.location and value not in trained:
            return maker.location
    return None


def _source_of_zero(walk, zeros) -> Blame | None:
    """What makes a factor zero, for every input it gets: a rectifier, or a difference of equals."""
    for value in zeros:
        maker = walk.graph.made_by.get(value)
        while maker is not None and maker.kind in kinds.KEEPS_ZERO and maker.inputs:
            maker = walk.graph.made_by.get(_zero_input(walk.graph, maker))
        if maker is None:
            continue
        if maker.kind == kinds.SUM and constant.is_made_by(walk.graph, maker, maker.inputs):
            return constant.named(maker)
        if maker.kind == kinds.RECTIFIER:
            values = walk.graph.value_of(maker.inputs[0])
            if values is not None and np.any(values) and np.max(values) <= 0:
                return Blame("dead-activation", maker)
    return None


def _zero_input(graph, operation) -> int:
    """The input that makes the result of an operation zero: of a product any factor may."""
    values = ((v, graph.value_of(v)) for v in operation.inputs)
    zeros = (v for v, array in values if array is not None and not np.any(array))
    return next(zeros, operation.inputs[0])


def _can_change(walk, zeros) -> bool:
    """Whether a weight behind a zero factor gets a gradient: it is not zero for long."""
    behind = walk.graph.before(zeros)
    gradients = (walk.backward.gradient_of(w) for w in walk.backward.weights if w in behind)
    return any(gradient is not None and np.any(gradient) for gradient in gradients)


def dead_channels(walk: Walk) -> Blame:
    """Says which rectifier, the nearest to the weight, is never positive on some channels."""
    for operation in walk.operations:
        if operation.kind == kinds.RECTIFIER:
            values = _by_channel(walk.graph.value_of(operation.inputs[0]))
            dead = np.zeros(1, bool) if values is None else np.all(values <= 0, axis=0)
            if dead.any():
                return _dead(operation, dead, values)
    return Blame("unknown")


def far_below_zero(graph: Graph, operation: Operation) -> Blame | None:
    """Says which channels of a rectifier are far below 0, `None` where none is.

    Far: the largest value lies below 0 by more than the whole range of the channel on this batch.

    Args:
        graph: The step.
        operation: A rectifier.
    """
    values = _by_channel(graph.value_of(operation.inputs[0]))
    if values is None or len(values) < 2:
        return None
    highest, spread = values.max(axis=0), np.ptp(values, axis=0)
    dead = (spread > 0) & (highest < -spread)
    return _dead(operation, dead, values) if dead.any() else None


def _by_channel(values) -> np.ndarray | None:
    if values is None or values.ndim < 2 or not values.size:
        return None
    return values.reshape(-1, values.shape[-1])


def _dead(operation, dead, values) -> Blame:
    evidence = {"dead channels": int(dead.sum()), "channels": int(dead.size)}
    return Blame("dead-activation", operation, evidence | value_range(values))
