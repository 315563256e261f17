"""Where the first NaN or Inf of a step appears."""

from typing import Any

import numpy as np

from keras_gradwatch.diagnosis.verdict import Blame
from keras_gradwatch.diagnosis.walk import value_range
from keras_gradwatch.recording import kinds
from keras_gradwatch.recording.graph import Backward, Graph, Operation
from keras_gradwatch.recording.recording import Recording


def first_non_finite(recording: Recording, backward: Backward) -> Blame | None:
    """Says where the first NaN or Inf of a step appears, or `None` where all is finite.

    Args:
        recording: The step.
        backward: One of its backward passes.
    """
    graph = recording.graph
    given = _given(recording, backward)
    if given is not None:
        return given
    needed = graph.needed(backward)
    for operation in graph.operations:
        if any(v in needed for v in operation.outputs) and _appears_in(graph, operation, needed):
            return Blame("non-finite", operation, _evidence(graph, operation, "forward"))
    return _in_backward_pass(graph, backward)


def _given(recording, backward) -> Blame | None:
    """A NaN that was there before the step: in the batch, or in a weight."""
    graph, needed = recording.graph, recording.graph.needed(backward)
    for number in recording.data:
        values = graph.value_of(number)
        if number in needed and not _finite(values):
            by_row = np.atleast_1d(values)
            by_row = by_row.reshape(len(by_row), -1)
            rows = np.flatnonzero(~np.isfinite(by_row).all(axis=1))
            return Blame(
                "non-finite",
                _first_reader(graph, number, needed),
                {"pass": "batch", "rows": rows[:5].tolist(), "number of rows": len(rows)},
                because=f"the batch has NaN or Inf in {len(rows)} rows, the first is {rows[0]}",
                fix="clean the data before `fit`: `x[np.isfinite(x).all(axis=1)]`",
            )
    for number, variable in recording.variables.items():
        if number in needed and "float" in variable.dtype and not _finite(variable.value()):
            reader = _first_reader(graph, number, needed)
            return Blame(
                "non-finite",
                reader,
                {"pass": "weights", "weight": variable.path},
                because=f"{variable.path} holds NaN or Inf before the step begins",
                fix='train anew with `GradientWatch(stop_on="non-finite")`, which finds the step',
            )
    return None


def _first_reader(graph, number, needed) -> Operation | None:
    readers = graph.read_by.get(number, ())
    return next((o for o in readers if any(v in needed for v in o.outputs)), None)


def _in_backward_pass(graph, backward) -> Blame | None:
    """The operation whose gradient is finite behind it and not before it.

    Of several, one whose derivative can be infinite: a sum hands on what it gets.
    """
    found = [
        operation for operation in reversed(graph.operations) if _spoils(graph, backward, operation)
    ]
    singular = [o for o in found if o.kind not in _HANDS_ON]
    blamed = next(iter(singular or found), None)
    if blamed is None:
        return None
    return Blame("non-finite", blamed, _evidence(graph, blamed, "backward"))


_HANDS_ON = kinds.PRODUCTS | kinds.KEEPS_ZERO | {kinds.SUM}


def _spoils(graph, backward, operation) -> bool:
    after = [backward.gradient_of(v) for v in operation.outputs]
    if not any(g is not None for g in after) or not all(map(_finite, after)):
        return False
    return any(_is_source(graph, backward, operation, v) for v in operation.inputs)


def _is_source(graph, backward, operation, value) -> bool:
    """Whether the NaN at an input comes from this reader and not from another one."""
    if _finite(backward.gradient_of(value)):
        return False
    others = [o for o in graph.read_by.get(value, ()) if o is not operation]
    return all(_finite(backward.gradient_of(v)) for o in others for v in o.outputs)


def _appears_in(graph: Graph, operation, needed) -> bool:
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


def _evidence(graph, operation, direction) -> dict[str, Any]:
    values = [graph.value_of(v) for v in operation.inputs]
    ranges = [value_range(value) for value in values if value is not None and value.size]
    return {"pass": direction, "inputs": ranges}


def _finite(array) -> bool:
    return array is None or bool(np.isfinite(array).all())
