"""Shapes that were promised and not kept: what a layer declares, what a loss compares."""

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import keras
from keras import tree

from keras_gradwatch.diagnosis.broadcasts import (
    collapses,
    compared_shape,
    crossings,
    meetings,
    shape_of,
)
from keras_gradwatch.findings import Finding, Location
from keras_gradwatch.recording.graph import Backward, Graph, Operation
from keras_gradwatch.recording.recording import LayerCall, Recording
from keras_gradwatch.recording.returns import watch_return


@dataclasses.dataclass(frozen=True)
class BrokenPromise:
    """A layer whose call does not produce the shape that it declares.

    Args:
        layer: The layer.
        declared: The declared shape of each output; `None` is any size.
        produced: The shape of each output of the call.
        location: The line that declares it.
    """

    layer: keras.layers.Layer
    declared: list[tuple]
    produced: list[tuple]
    location: Location


def check(recording: Recording) -> list[Finding]:
    """Returns a finding for every layer and every loss whose shapes do not fit.

    Args:
        recording: One run of a training step.
    """
    return [*_promises(recording.calls), *_crossed(recording)]


def _promises(calls: list[LayerCall]) -> list[Finding]:
    found: dict[int, Finding] = {}
    for call in calls:
        if id(call.layer) not in found:
            broken = broken_promise(call.layer, call.arguments, call.outputs)
            if broken is not None:
                found[id(call.layer)] = _of_promise(broken)
    return list(found.values())


def _crossed(recording: Recording) -> list[Finding]:
    found: dict[Location | None, Finding] = {}
    graph = recording.written or recording.graph
    for backward in recording.backward:
        met = meetings(graph, backward.losses, recording.data, backward.weights)
        for operation in crossings(graph, met):
            weights = _behind(graph, backward, operation)
            found.setdefault(operation.location, _of_crossing(operation, graph, weights))
        for reducing, operation in collapses(graph, met):
            if backward.gradient_of(reducing.outputs[0]) is None:
                continue  # A baseline: it is subtracted as a constant.
            weights = _behind(graph, backward, operation)
            found.setdefault(reducing.location, _of_collapse(reducing, operation, graph, weights))
    return list(found.values())


def _behind(graph: Graph, backward: Backward, operation: Operation) -> tuple[str, ...]:
    """The weights that an operation depends on."""
    before = graph.before(operation.inputs)
    pairs = zip(backward.weights, backward.paths, strict=True)
    return tuple(path for weight, path in pairs if path and weight in before)


def _of_promise(broken: BrokenPromise) -> Finding:
    layer, declared, produced = broken.layer, broken.declared, broken.produced
    return Finding(
        symptom="shape",
        cause="shape-contract",
        severity="warning",
        layer=layer.path,
        op=type(layer).__name__,
        location=broken.location,
        message=f"{layer.path} declares {_text(declared)} and produces {_text(produced)}.",
        explanation=(
            "Keras builds the layers behind it, and their weights, for the declared shape. "
            "Padding, strides and dilation are what such formulas forget most."
        ),
        remedy=(
            f"Correct `{broken.location.function}`, or leave it out: Keras infers the shape "
            "from `call`."
        ),
        evidence={"declared": declared, "produced": produced},
    )


def _of_crossing(operation: Operation, graph: Graph, weights: tuple[str, ...]) -> Finding:
    left, right = (shape_of(graph, value) for value in operation.inputs)
    result = compared_shape(graph, operation)
    return _mixes_rows(
        operation,
        weights,
        message=f"A value of shape {left} meets one of shape {right}: the result is {result}.",
        how="Every row of the batch is compared with the target of every other row",
        remedy="Give both the same shape: `y_true = ops.reshape(y_true, ops.shape(y_pred))`, or "
        "`y_pred[:, 0]` for targets of shape `(batch,)`.",
        evidence={"inputs": [left, right], "output": result},
    )


def _of_collapse(
    reducing: Operation, operation: Operation, graph: Graph, weights: tuple[str, ...]
) -> Finding:
    before = shape_of(graph, reducing.inputs[0])
    rows = max(shape_of(graph, value) for value in operation.inputs)
    return _mixes_rows(
        reducing,
        weights,
        message=f"A value of shape {before} becomes one number, and meets one of shape {rows}.",
        how="The sum runs over the batch as well: one number for all rows is compared with the "
        "target of each row",
        remedy="Name the axis to sum over: `ops.sum(x, axis=-1)`, and leave the batch out.",
        evidence={"inputs": [before, rows], "output": ()},
    )


def _mixes_rows(operation: Operation, weights: tuple[str, ...], *, how: str, **said) -> Finding:
    """The finding about an operation that mixes the rows of a batch."""
    return Finding(
        symptom="shape",
        cause="shape-contract",
        severity="error",
        weights=weights,
        layer=operation.layer,
        op=operation.type,
        location=operation.location,
        explanation=f"{how}, so the loss does not tell which target belongs to which row.",
        **said,
    )


def _text(shapes: list[tuple]) -> str:
    return str(shapes[0]) if len(shapes) == 1 else str(shapes)


def broken_promise(
    layer: keras.layers.Layer, arguments: tuple, produced: Any
) -> BrokenPromise | None:
    """Compares what a layer declares with what one of its calls produced.

    Args:
        layer: The layer.
        arguments: The positional and the keyword arguments of the call.
        produced: What the call returned.

    Returns:
        What differs, `None` where nothing does or the layer declares nothing.
    """
    declaring = _declaring(layer)
    if declaring is None:
        return None
    for batch_is_free in (True, False):
        try:
            spec, location = _declared(layer, declaring, arguments, batch_is_free)
        except Exception:
            continue  # a formula that needs the size of the batch, or that does not run at all
        declared, shapes = _shapes(spec), _shapes(produced)
        agree = len(declared) == len(shapes) and all(map(_match, declared, shapes))
        return None if agree else BrokenPromise(layer, declared, shapes, location)
    return None


def _declaring(layer: keras.layers.Layer) -> Callable | None:
    """The function that declares the output, `None` where Keras infers it from the call."""
    kind = type(layer)
    if isinstance(layer, keras.layers.Lambda):
        return layer.function  # its shape is an argument, written beside the function
    if kind.compute_output_spec not in (
        keras.layers.Layer.compute_output_spec,
        keras.Sequential.compute_output_spec,
    ) and not issubclass(kind, keras.Model):
        return kind.compute_output_spec
    default = getattr(kind.compute_output_shape, "_is_default", False)
    return None if default or isinstance(layer, keras.Model) else kind.compute_output_shape


def _declared(
    layer: keras.layers.Layer, declaring: Callable, arguments: tuple, batch_is_free: bool
) -> tuple[Any, Location]:
    args, kwargs = tree.map_structure(lambda v: _symbolic(v, batch_is_free), arguments)
    accepted = _accepted(layer)
    kwargs = {name: value for name, value in kwargs.items() if name in accepted}
    return watch_return(declaring, lambda: layer.compute_output_spec(*args, **kwargs))


def _accepted(layer: keras.layers.Layer) -> set[str]:
    """The keyword arguments of a declaration: a model passes `training` to every layer."""
    parameters = inspect.signature(layer.compute_output_spec).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        parameters = inspect.signature(layer.call).parameters
    return set(parameters)


def _symbolic(value: Any, batch_is_free: bool) -> Any:
    """A tensor as Keras knows it while a model is put together: a shape and a type."""
    if not keras.ops.is_tensor(value):
        return value
    shape = tuple(value.shape)
    free = (None, *shape[1:]) if shape and batch_is_free else shape
    return keras.KerasTensor(free, dtype=keras.backend.standardize_dtype(value.dtype))


def _shapes(outputs: Any) -> list[tuple]:
    return [tuple(output.shape) for output in tree.flatten(outputs) if hasattr(output, "shape")]


def _match(declared: tuple, produced: tuple) -> bool:
    same_rank = len(declared) == len(produced)
    pairs = zip(declared, produced, strict=False)
    return same_rank and all(a is None or b is None or a == b for a, b in pairs)
