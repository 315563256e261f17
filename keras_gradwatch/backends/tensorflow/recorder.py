"""Runs the model's own train step once, operation by operation, and keeps what it does.

The step runs eagerly: every operation is seen with its values, on the line that asked for it, also
inside loops, branches and `tf.function`. Nothing is applied; what the step writes is put back.
"""

import contextlib
import dataclasses
import random
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python import pywrap_tfe
from tensorflow.python.autograph.core import ag_ctx
from tensorflow.python.eager import backprop
from tensorflow.python.eager import context as eager_context
from tensorflow.python.eager import record as tape_record
from tensorflow.python.framework import op_callbacks, ops
from tensorflow.python.ops import gen_resource_variable_ops, script_ops

from keras_gradwatch.diagnosis import source
from keras_gradwatch.backends.tensorflow.custom_gradients import watched_calls
from keras_gradwatch.diagnosis.graph import Backward, Graph, Operation
from keras_gradwatch.diagnosis.operations import CUSTOM, HOST, TO_NUMPY
from keras_gradwatch.step.observer import replaced
from keras_gradwatch.optimizers import find_optimizers
from keras_gradwatch.weights import unique_paths

LARGEST_STEP = 200_000
"""Operations of one step that are kept; a longer step is not searched."""
LARGEST_MEMORY = 4 * 2**30
"""Bytes of the values of one step that are kept; their gradients take as much again."""


class TooLarge(RuntimeError):
    """The step has more operations, or larger values, than are kept."""


@dataclasses.dataclass
class LayerCall:
    """One call of a layer.

    Args:
        layer: The layer.
        arguments: Its positional and keyword arguments.
        outputs: What it returned.
        lines: The user's lines that called it.
        first: Number of the first operation inside the call.
        last: Number of the operation after the last one inside.
    """

    layer: Any
    arguments: tuple
    outputs: Any
    lines: tuple
    first: int
    last: int


@dataclasses.dataclass
class Recording:
    """What one run of the train step did.

    Args:
        graph: Its operations and values.
        backward: Each call of a tape's `gradient` for weights.
        calls: The calls of layers, in the order in which they ended.
        variables: The variable that each resource value belongs to.
        error: What the step raised, or `None`.
        custom_calls: The calls of the user's custom gradients, where they were asked for.
        number_of: Gives the number of a tensor.
    """

    graph: Graph
    backward: list[Backward]
    calls: list[LayerCall]
    variables: dict[int, Any]
    error: Exception | None
    custom_calls: list
    number_of: Callable[[Any], int]


class Recorder:
    """Records one run of `model.train_step`.

    Args:
        model: The compiled model.
        ignore_scale: Whether the loss is left unscaled.
        numeric: Whether the calls of custom gradients are kept.
    """

    def __init__(self, model, ignore_scale: bool = False, numeric: bool = False):
        self.model = model
        self._numeric = numeric
        self._custom_calls: list = []
        self.ignore_scale = ignore_scale
        self._operations: list[Operation] = []
        self._tensors: dict[int, Any] = {}
        self._layers: list[Any] = []
        self._calls: list[LayerCall] = []
        self._backward: list[Backward] = []
        self._tapes: list[tf.GradientTape] = []
        self._variables: dict[int, Any] = {}
        self._unwatched: list[Any] = []
        self._addresses: dict[int, Any] = {}
        self._located: set[int] = set()
        self._bytes = 0
        self._pauses = 0
        self._failed: Operation | None = None
        self._entry: FrameType | None = None

    def run(self, data) -> Recording:
        """Runs the step on a batch.

        Args:
            data: The batch, as `train_step` gets it.
        """
        error = None
        with _state_of(self.model), self._hooks():
            self._entry = sys._getframe()
            try:
                self.model.train_step(data)
            except TooLarge:  # Keras has put the layer's arguments into its text.
                raise TooLarge(self._size()) from None
            except Exception as raised:  # A step that raises is a finding, not a crash.
                error = raised
        graph = Graph(self._operations, self._array, self._is_float)
        for variable in self.model.variables:
            self._variables[self._number(_handle(variable))] = variable
        return Recording(
            graph,
            self._backward,
            self._calls,
            self._variables,
            error,
            self._custom_calls,
            self._number,
        )

    def trace(self, data) -> Exception | None:
        """Traces the step as `fit` does, and returns what it raises.

        Args:
            data: The batch, as `train_step` gets it.
        """
        with _state_of(self.model), contextlib.ExitStack() as stack:
            for optimizer in find_optimizers(self.model):
                stack.enter_context(replaced(optimizer, "apply", lambda *a, **k: None))
            try:
                tf.function(self.model.train_step).get_concrete_function(data)
            except Exception as raised:  # What cannot be traced is a finding.
                return raised
        return None

    # What is seen while the step runs.

    @contextlib.contextmanager
    def _hooks(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(_eager_functions())
            for optimizer in find_optimizers(self.model):
                stack.enter_context(replaced(optimizer, "apply", lambda *a, **k: None))
                if self.ignore_scale:
                    stack.enter_context(replaced(optimizer, "scale_loss", lambda loss: loss))
            stack.enter_context(_method(keras.layers.Layer, "__call__", self._call_layer))
            stack.enter_context(_method(tf.GradientTape, "__init__", self._make_tape))
            stack.enter_context(_method(tf.GradientTape, "_push_tape", self._push_tape))
            stack.enter_context(_method(tf.GradientTape, "_pop_tape", self._pop_tape))
            stack.enter_context(_method(tf.GradientTape, "gradient", self._differentiate))
            stack.enter_context(_method(tape_record, "record_operation", self._record_custom))
            stack.enter_context(_method(tape_record, "stop_recording", self._stop_recording))
            stack.enter_context(_method(script_ops, "py_func_common", self._host_call))
            if self._numeric:
                self._custom_calls = stack.enter_context(watched_calls())
            for name in ("numpy", "__array__", "__float__", "__int__"):
                stack.enter_context(_method(ops._EagerTensorBase, name, self._leave))
            op_callbacks.add_op_callback(self._saw)
            stack.callback(op_callbacks.remove_op_callback, self._saw)
            yield

    def _saw(self, op_type, inputs, attrs, outputs, op_name=None, graph=None):
        if not self._pauses:
            with self._paused():
                self._read_variables(inputs)
            self._add(op_type, inputs, outputs)
            self._watch(outputs)

    def _add(self, op_type, inputs, outputs, **attributes):
        self._check_size(outputs)
        operation = Operation(
            index=len(self._operations),
            type=op_type.decode() if isinstance(op_type, bytes) else op_type,
            inputs=tuple(self._number(value) for value in inputs),
            outputs=tuple(self._number(value) for value in outputs),
            lines=source.lines(self._entry),
            layer=self._layers[-1].path if self._layers else None,
            on_tape=tape_record.could_possibly_record(),
            attributes=attributes,
        )
        self._operations.append(operation)

    def _check_size(self, outputs):
        self._bytes += sum(t.shape.num_elements() * t.dtype.size for t in outputs if _is_array(t))
        if len(self._operations) >= LARGEST_STEP or self._bytes > LARGEST_MEMORY:
            raise TooLarge(self._size())

    def _size(self) -> str:
        values = self._bytes / 2**30
        count = len(self._operations)
        return f"The step is too large: {count} operations, {values:.1f} GiB of values."

    def _watch(self, outputs=()):
        """Lets the tapes follow values behind a cut too, to see that the gradient reaches it."""
        self._unwatched += [t for t in outputs if tf.is_tensor(t) and t.dtype.is_floating]
        if self._tapes and not tape_record.could_possibly_record():
            return  # Stopped for now: a tape does not even listen to `watch`.
        for tape in self._tapes:
            tape.watch(self._unwatched)
        self._unwatched = []

    @contextlib.contextmanager
    def _stop_recording(self, stop):
        with stop():
            yield
        self._watch()

    def _read_variables(self, inputs):
        """Adds the reads that a fast path of eager execution makes without telling."""
        for tensor in inputs:
            if hasattr(tensor, "_id") and tensor._id not in self._tensors and _is_array(tensor):
                variable = self._variable_at(_address(tensor))
                if variable is not None:
                    self._add("ReadVariableOp", [_handle(variable)], [tensor])

    def _variable_at(self, address):
        """The variable whose value is stored at an address."""
        if address not in self._addresses:
            watched = [v for tape in self._tapes for v in tape.watched_variables()]
            for variable in [*watched, *self.model.variables]:
                if _has_value(variable) and id(variable) not in self._located:
                    self._located.add(id(variable))
                    self._addresses[_address(_raw_value(variable))] = variable
        return self._addresses.get(address)

    def _number(self, tensor) -> int:
        number = tensor._id if hasattr(tensor, "_id") else id(tensor)
        self._tensors[number] = tensor
        return number

    def _record_custom(self, record, op_type, outputs, inputs, backward, forward=None):
        if not self._pauses:
            self._add(CUSTOM, inputs, outputs, function=op_type, backward=backward)
        return record(op_type, outputs, inputs, backward, forward)

    def _host_call(self, call, func, inp, Tout, stateful=True, name=None):
        outputs = call(func, inp, Tout, stateful, name)
        inputs = [value for value in tf.nest.flatten(inp) if tf.is_tensor(value)]
        self._add("PyFunc", inputs, tf.nest.flatten(outputs))
        self._watch(tf.nest.flatten(outputs))
        return outputs

    def _leave(self, method, tensor, *args, **kwargs):
        """A value that the user's code takes out of TensorFlow, to NumPy or to Python."""
        if not self._pauses and hasattr(tensor, "_id") and _is_array(tensor):
            with self._paused():
                self._read_variables([tensor])
                self._add(TO_NUMPY, [tensor], [])
                return method(tensor, *args, **kwargs)
        return method(tensor, *args, **kwargs)

    def _call_layer(self, call, layer, *args, **kwargs):
        lines, first = source.lines(self._entry), len(self._operations)
        self._layers.append(layer)
        try:
            outputs = call(layer, *args, **kwargs)
        finally:
            self._layers.pop()
        last = len(self._operations)
        self._calls.append(LayerCall(layer, (args, kwargs), outputs, lines, first, last))
        return outputs

    # The tape.

    def _make_tape(self, init, tape, persistent=False, watch_accessed_variables=True):
        init(tape, persistent=True, watch_accessed_variables=watch_accessed_variables)

    def _push_tape(self, push, tape):
        push(tape)
        self._tapes.append(tape)
        self._watch()

    def _pop_tape(self, pop, tape):
        pop(tape)
        if tape in self._tapes:
            self._tapes.remove(tape)

    def _differentiate(self, gradient, tape, target, sources, *args, **kwargs):
        """The user's call, and for weights once more with every value as a source."""
        if tape._recording:  # As a tape that is not persistent does it.
            tape._pop_tape()
        flat = tf.nest.flatten(sources)
        if self._tapes or not flat or not all(hasattr(s, "handle") for s in flat):
            return gradient(tape, target, sources, *args, **kwargs)
        with self._paused():
            self._backward.append(self._backward_of(gradient, tape, target, flat))
            if self._backward[-1].failed:
                raise self._backward[-1].failed[1]
            return gradient(tape, target, sources, *args, **kwargs)

    def _backward_of(self, gradient, tape, target, sources):
        losses = [self._number(t) for t in tf.nest.flatten(target) if t is not None]
        numbers = [self._number(_handle(source)) for source in sources]
        self._variables |= {self._number(v.handle): v for v in tape.watched_variables()}
        before = Graph(self._operations, self._array, self._is_float).before(losses)
        wanted = [n for n in before if self._is_float(n) and n not in numbers]
        failed = None
        tensors = [self._tensors[n] for n in wanted]
        try:
            with self._noting_failures():
                found = gradient(tape, target, [*tensors, *sources])
        except Exception as error:
            found = [None] * (len(wanted) + len(sources))
            failed = self._failed, error
        gradients = dict(zip([*wanted, *numbers], found, strict=True))
        paths = unique_paths(self.model.variables)
        names = tuple(paths.get(id(s), getattr(s, "path", None)) for s in sources)
        of = lambda number: _as_array(gradients.get(number))  # noqa: E731
        return Backward(tuple(losses), tuple(numbers), names, of, failed)

    @contextlib.contextmanager
    def _noting_failures(self):
        """Notes the operation whose backward pass raises."""
        original = backprop._gradient_function

        def noting(op_name, attributes, count, inputs, outputs, *rest):
            try:
                return original(op_name, attributes, count, inputs, outputs, *rest)
            except Exception:
                self._note_failure(op_name, [*(outputs or ()), *(inputs or ())])
                raise

        pywrap_tfe.TFE_Py_RegisterGradientFunction(noting)
        try:
            yield
        finally:
            pywrap_tfe.TFE_Py_RegisterGradientFunction(original)

    def _note_failure(self, op_type, values):
        numbers = {self._number(v) for v in values if hasattr(v, "_id")}
        for operation in self._operations:
            if operation.type == op_type and numbers & {*operation.outputs, *operation.inputs}:
                self._failed = self._giver(operation)

    def _giver(self, operation):
        """Python code that gave an operation a gradient of its own making, or the operation."""
        for reader in self._operations[operation.index :]:
            if reader.type in HOST | {CUSTOM} and set(reader.inputs) & set(operation.outputs):
                return reader
        return operation

    @contextlib.contextmanager
    def _paused(self):
        self._pauses += 1
        try:
            yield
        finally:
            self._pauses -= 1

    # Values.

    def _is_float(self, number) -> bool:
        dtype = getattr(self._tensors.get(number), "dtype", None)
        return dtype is not None and (dtype.is_floating or dtype.is_complex)

    def _array(self, number):
        tensor = self._tensors.get(number)
        if tensor is None or not self._is_float(number):
            return None
        return _as_array(tensor)


def _is_array(value) -> bool:
    dtype = getattr(value, "dtype", None)
    return dtype is not None and tf.as_dtype(dtype).is_floating


def _address(tensor) -> int:
    """Where the elements of a tensor are stored: a variable and what is read of it share them."""
    return tensor._numpy().__array_interface__["data"][0]


def _has_value(variable) -> bool:
    """Not while a layer is being built, and only numbers that have a gradient."""
    return getattr(variable, "_value", variable) is not None and _is_array(variable)


def _raw_value(variable):
    """The value, read so that neither a tape nor a custom gradient takes it for an access."""
    return gen_resource_variable_ops.read_variable_op(
        _handle(variable), tf.as_dtype(variable.dtype)
    )


def _handle(variable):
    """The resource that operations read when they read a variable; `value` may be a cast of it."""
    return getattr(variable, "_value", variable).handle


def _as_array(tensor) -> np.ndarray | None:
    """A tensor, or the stored rows of an IndexedSlices, as NumPy in a type that NumPy can sum."""
    if tensor is None:
        return None
    tensor = getattr(tensor, "values", tensor)
    array = tensor.numpy()
    return array.astype("float32") if array.dtype.itemsize < 4 else array


def _is_initialized(variable) -> bool:
    """A trace that raised leaves an optimizer with variables that were never initialized."""
    return bool(tf.compat.v1.is_variable_initialized(variable.value))


@contextlib.contextmanager
def _state_of(model):
    """Puts back all that a step changes: variables and the states of random generators."""
    owners = [model, *find_optimizers(model)]
    variables = {id(v): v for owner in owners for v in owner.variables}
    variables |= {id(v): v for v in getattr(model, "metrics_variables", ())}
    values = [(v, v.numpy()) for v in variables.values() if _is_initialized(v)]
    generator = getattr(eager_context.context(), "_rng", None)  # Made by the first seed.
    eager_state = generator.getstate() if generator else None
    python_state, numpy_state = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        for variable, value in values:
            variable.assign(value)
        random.setstate(python_state)
        np.random.set_state(numpy_state)
        if generator is not None:
            generator.setstate(eager_state)


@contextlib.contextmanager
def _eager_functions():
    """Makes each `tf.function` run as the Python function that it is."""
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        # Eager code needs no conversion, and lines of converted code are not the user's.
        with ag_ctx.ControlStatusCtx(status=ag_ctx.Status.DISABLED):
            yield
    finally:
        tf.config.run_functions_eagerly(before)


@contextlib.contextmanager
def _method(owner, name, replacement):
    """Puts a function in the place of another one, which it gets as its first argument."""
    original = vars(owner)[name]

    def replaced(*args, **kwargs):
        return replacement(original, *args, **kwargs)

    setattr(owner, name, replaced)
    try:
        yield
    finally:
        setattr(owner, name, original)
