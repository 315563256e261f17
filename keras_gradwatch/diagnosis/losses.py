"""Outputs that no loss reads, and the line of the loss that should."""

from typing import Any

from keras_gradwatch.diagnosis.dropped import goes_on
from keras_gradwatch.diagnosis.verdict import Blame
from keras_gradwatch.diagnosis.walk import Walk
from keras_gradwatch.findings import Location
from keras_gradwatch.recording import kinds
from keras_gradwatch.recording.recording import LayerCall, Recording


def outputs_reached(model, recording: Recording, walk: Walk) -> list[str]:
    """Returns the names of the model's outputs that depend on a weight.

    Where a step calls the parts of a model, its outputs are those of the outermost calls that no
    other outermost call reads.

    Args:
        model: The model.
        recording: The step.
        walk: The way of the weight.
    """
    number_of, calls = recording.number_of, _last_calls(model, recording)
    read: set[int] = set()
    if not any(call.layer is model for call in calls):
        inside = [o for c in calls for o in recording.graph.operations[c.first : c.last]]
        read = {value for operation in inside for value in operation.inputs}
    named = [pair for call in calls for pair in _named_outputs(call.outputs)]
    return [
        name
        for name, tensor in named
        if number_of(tensor) in walk.reached and number_of(tensor) not in read
    ]


def is_without_loss(model, outputs: list[str]) -> bool:
    """Returns whether `compile` gives these outputs no loss on purpose."""
    losses = (model.get_compile_config() or {}).get("loss")
    if isinstance(losses, dict):
        return all(name in losses and losses[name] is None for name in outputs)
    return False


def term_left_out(model, recording: Recording, walk: Walk) -> Location | None:
    """Returns the line that goes on without a term of the loss that was made of an output.

    Args:
        model: The model.
        recording: The step.
        walk: The way of a weight that the loss does not depend on.
    """
    after = max((call.last for call in _last_calls(model, recording)), default=0)
    others = [b for b in recording.backward if b is not walk.backward]
    elsewhere = {value for other in others for value in recording.graph.needed(other)}
    terms = [
        operation
        for operation in walk.readers
        if operation.index >= after
        and operation.location
        and walk.backward.sees(operation)
        and elsewhere.isdisjoint(operation.outputs)
        and any(map(recording.graph.is_float, operation.outputs))
    ]
    return goes_on(walk, terms[-1]) if terms else None


def made_without(model, recording: Recording, walk: Walk) -> Blame:
    """Says on which line of the user's own the loss is made without the outputs.

    Args:
        model: The model.
        recording: The step.
        walk: The way of a weight that the loss does not depend on.
    """
    calls = _last_calls(model, recording)
    after = max((call.last for call in calls), default=0)
    made = [
        operation
        for operation in recording.graph.operations[after:]
        if operation.location and not operation.layer and set(operation.outputs) & walk.needed
    ]
    labels = _of_labels(recording)
    reading = [o for o in made if o.inputs and o.inputs[0] in labels]
    operation = next(iter(reading[-1:] or made[-1:]), None)
    lines = [line for call in calls for line in call.lines]
    return Blame("no-loss", operation, location=operation.line_beside(lines) if operation else None)


def left_out(recording: Recording, walk: Walk) -> Blame | None:
    """Says that a step leaves out what a layer was given with `add_loss`.

    Args:
        recording: The step.
        walk: The way of a weight without a gradient.
    """
    if walk.is_connected:
        return None
    for call in recording.calls:
        numbers = [recording.number_of(loss) for loss in getattr(call.layer, "_losses", ())]
        if walk.reached.isdisjoint(numbers):
            continue
        return Blame(
            "no-loss",
            recording.graph.made_by.get(walk.backward.losses[0]),
            {"added by": call.layer.name},
            because=f"`add_loss` of {call.layer.name} gets it, and the step leaves that out",
            fix="add `sum(self.losses)` to the loss, or use `self.compute_loss(x, y, y_pred)`",
        )
    return None


def _of_labels(recording) -> set[int]:
    """The values of the batch, also cast to the type of the prediction."""
    found = set(recording.data)
    for operation in recording.graph.operations:
        is_form = operation.location is None and operation.kind in (kinds.COPY, kinds.RESHAPE)
        if is_form and not found.isdisjoint(operation.inputs):
            found.update(operation.outputs)
    return found


def _last_calls(model, recording: Recording) -> list[LayerCall]:
    """The call that makes the outputs: the model's last one, or the outermost of its parts."""
    calls = [call for call in recording.calls if call.layer is model][-1:]
    return calls or _outermost(recording.calls)


def _outermost(calls: list[LayerCall]) -> list[LayerCall]:
    """The calls that no other call contains."""
    return [
        call
        for i, call in enumerate(calls)
        if not any(
            other is not call
            and other.first <= call.first
            and call.last <= other.last
            and ((other.first, other.last) != (call.first, call.last) or j > i)
            for j, other in enumerate(calls)
        )
    ]


def _named_outputs(outputs) -> list[tuple[str, Any]]:
    if isinstance(outputs, dict):
        return list(outputs.items())
    items = outputs if isinstance(outputs, list | tuple) else [outputs]
    return [(f"output {i}" if len(items) > 1 else "the prediction", t) for i, t in enumerate(items)]
