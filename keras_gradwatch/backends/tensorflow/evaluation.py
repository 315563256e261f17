"""A piece of a traced graph, cut out and run on its own, in float64 where its ops allow that."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

_FLOATS = (tf.float16, tf.bfloat16, tf.float32)
_FLOAT_ENUMS = tuple(dtype.as_datatype_enum for dtype in _FLOATS)


class Evaluation:
    """The part of a graph that leads from some tensors to others, fed with NumPy arrays.

    All that the outputs need and that depends on none of the inputs is held fixed.

    Args:
        inputs: Floating-point tensors of one graph.
        free: Placeholders of the same graph, further inputs.
        outputs: Tensors of the same graph.
        evaluate: Gives the values of a list of tensors on the batch, all from one run.
        dtype: What every floating-point type of the piece becomes.

    Attributes:
        values: The values of `inputs` on the batch.

    Raises:
        ValueError: If the piece needs something that is no plain array, such as a variable.
        tf.errors.OpError: If an op cannot work with `dtype`.
    """

    def __init__(
        self,
        inputs: Sequence,
        free: Sequence,
        outputs: Sequence,
        evaluate: Callable,
        dtype: tf.DType,
    ):
        self._dtype = dtype.as_numpy_dtype
        feeds = [*inputs, *free]
        operations = _between(feeds, outputs)
        constants = _borders(feeds, outputs, operations)
        if any(tensor.dtype in (tf.resource, tf.variant) for tensor in constants):
            raise ValueError("The piece of graph reads a variable or a list of tensors.")
        found = [self._cast(value) for value in evaluate([*inputs, *constants])]
        self.values, fixed = found[: len(inputs)], found[len(inputs) :]
        definition = _definition(operations, inputs[0].graph, dtype)
        with tf.Graph().as_default() as graph:
            self._tensors = {t.name: tf.compat.v1.placeholder(dtype) for t in feeds}
            for tensor, value in zip(constants, fixed, strict=True):
                self._tensors[tensor.name] = tf.constant(value)
            used = {t.name for op in operations for t in op.inputs}
            names = list({t.name for t in outputs} - self._tensors.keys())
            made = tf.graph_util.import_graph_def(
                definition,
                input_map={name: self._tensors[name] for name in used & self._tensors.keys()},
                return_elements=names,
                name="",
            )
        self._tensors |= zip(names, made, strict=True)
        self._session = tf.compat.v1.Session(graph=graph)

    def __call__(self, outputs: Sequence, feeds: Iterable[tuple]) -> list[np.ndarray]:
        """Returns the values of `outputs`.

        Args:
            outputs: Some of the outputs.
            feeds: Pairs of an input and its value.
        """
        return self._session.run(
            [self._tensors[t.name] for t in outputs],
            {self._tensors[t.name]: self._cast(value) for t, value in feeds},
        )

    def _cast(self, value):
        floating = tf.as_dtype(np.asarray(value).dtype).is_floating
        return np.asarray(value, self._dtype) if floating else np.asarray(value)


def _between(inputs: Sequence, outputs: Sequence) -> list:
    """The operations that depend on the inputs and lead to the outputs, in their order."""
    given = {tensor.name for tensor in inputs}
    needed, stack = set(), [t.op for t in outputs if t.name not in given]
    while stack:
        op = stack.pop()
        if op.name not in needed:
            needed.add(op.name)
            stack += [t.op for t in op.inputs if t.name not in given]
    inside: dict[str, tf.Operation] = {}
    for op in inputs[0].graph.get_operations():
        reads_inside = any(t.name in given or t.op.name in inside for t in op.inputs)
        if op.name in needed and reads_inside:
            inside[op.name] = op
    return list(inside.values())


def _borders(inputs: Sequence, outputs: Sequence, operations: Iterable) -> list:
    """The tensors that the operations or the caller read and that are made elsewhere."""
    known = {t.name for t in inputs} | {t.name for op in operations for t in op.outputs}
    read = [t for op in operations for t in op.inputs] + list(outputs)
    return list({t.name: t for t in read if t.name not in known}.values())


def _definition(operations: Iterable, graph: tf.Graph, dtype: tf.DType) -> tf.compat.v1.GraphDef:
    whole = graph.as_graph_def()
    definition = tf.compat.v1.GraphDef(versions=whole.versions)
    for op in operations:
        node = definition.node.add()
        node.CopyFrom(op.node_def)
        node.device = ""
        _clean(node)
    _add_functions(definition, whole.library)
    for node in (*definition.node, *(n for f in definition.library.function for n in f.node_def)):
        for attribute in node.attr.values():
            _retype(attribute, dtype)
    for function in definition.library.function:
        for argument in (*function.signature.input_arg, *function.signature.output_arg):
            if argument.type in _FLOAT_ENUMS:
                argument.type = dtype.as_datatype_enum
    return definition


def _clean(node: Any) -> None:
    """Drops what ties a node to the rest of its graph: colocation, order, gradient names."""
    data = [name for name in node.input if not name.startswith("^")]
    del node.input[:]
    node.input.extend(data)
    for name in [name for name in node.attr if name.startswith("_")]:
        del node.attr[name]


def _add_functions(definition: Any, library: Any) -> None:
    """Adds the functions that the nodes call, and those that these call themselves."""
    functions = {function.signature.name: function for function in library.function}
    added: set[str] = set()
    nodes = list(definition.node)
    while nodes:
        for attribute in nodes.pop().attr.values():
            called = [attribute.func.name, *(f.name for f in attribute.list.func)]
            for name in set(called) & functions.keys() - added:
                added.add(name)
                definition.library.function.add().CopyFrom(functions[name])
                nodes += functions[name].node_def


def _retype(attribute: Any, dtype: tf.DType) -> None:
    """Turns every floating-point type in the attribute of a node into `dtype`."""
    if attribute.type in _FLOAT_ENUMS:
        attribute.type = dtype.as_datatype_enum
    for i, kind in enumerate(attribute.list.type):
        if kind in _FLOAT_ENUMS:
            attribute.list.type[i] = dtype.as_datatype_enum
    if attribute.HasField("tensor") and attribute.tensor.dtype in _FLOAT_ENUMS:
        value = tf.make_ndarray(attribute.tensor).astype(dtype.as_numpy_dtype)
        attribute.tensor.CopyFrom(tf.make_tensor_proto(value))
