"""Runs the model's own train step once, operation by operation, and keeps what it does.

The step runs eagerly: every operation is seen with its values, on the line that asked for it, also
inside loops, branches and `tf.function`. Nothing is applied; what the step writes is put back.
"""

import contextlib
import functools
import sys
from types import FrameType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gradwatch.backends.patching import replaced, wrapped
from keras_gradwatch.backends.tensorflow import gradient_functions, numpy_calls, state, xla
from keras_gradwatch.backends.tensorflow.custom_gradients import watched_calls
from keras_gradwatch.backends.tensorflow.kinds import CUSTOM, TO_NUMPY, kind_of, spoken
from keras_gradwatch.backends.tensorflow.private import (
    EagerTensorBase,
    op_callbacks,
    script_ops,
    tape_record,
)
from keras_gradwatch.backends.tensorflow.variables import (
    Addresses,
    adapters,
    as_array,
    handle,
    is_float,
)
from keras_gradwatch.optimizers import find_optimizers, idle_apply
from keras_gradwatch.recording import kinds, source
from keras_gradwatch.recording.graph import Backward, Graph, Operation
from keras_gradwatch.recording.recording import (
    LayerCall,
    Recording,
    TooLarge,
    check_size,
    too_large,
)
from keras_gradwatch.weights import unique_paths


def record(model, data, *, ignore_scale: bool = False) -> Recording:
    """Runs `model.train_step` once without applying it.

    Args:
        model: The compiled model.
        data: The batch, as `train_step` gets it.
        ignore_scale: Whether the loss is left unscaled.

    Returns:
        The `Recording`.

    Raises:
        TooLarge: If the step has more operations, or larger values, than are kept.
    """
    return Recorder(model, ignore_scale).run(data)


def traced_error(model, data) -> Exception | None:
    """Traces the step as `fit` does, and returns what that raises and running it does not.

    Args:
        model: The compiled model.
        data: The batch, as `train_step` gets it.
    """
    if model.run_eagerly:
        return None
    with state.kept(model), contextlib.ExitStack() as stack:
        for optimizer in find_optimizers(model):
            stack.enter_context(replaced(optimizer, "apply", idle_apply(optimizer)))
        try:
            tf.function(model.train_step).get_concrete_function(data)
        except Exception as raised:  # What cannot be traced is a finding.
            return raised
    return None


class Recorder:
    """Records one run of `model.train_step`.

    Args:
        model: The compiled model.
        ignore_scale: Whether the loss is left unscaled.
        keeps_custom_calls: Whether the calls of custom gradients are kept.
    """

    def __init__(self, model, ignore_scale: bool = False, keeps_custom_calls: bool = False):
        self.model = model
        self._keeps_custom_calls = keeps_custom_calls
        self.custom_calls: list = []
        self.ignore_scale = ignore_scale
        self._operations: list[Operation] = []
        self._tensors: dict[int, Any] = {}
        self._layers: list[Any] = []
        self._calls: list[LayerCall] = []
        self._backward: list[Backward] = []
        self._tapes: list[tf.GradientTape] = []
        self._variables: dict[int, Any] = {}
        self._unwatched: list[Any] = []
        self._addresses = Addresses()
        self._began: dict[int, int] = {}
        self._made_at: dict[int, tuple] = {}
        self._made_layers: list = []
        self._bytes = 0
        self._pauses = 0
        self._failed: Operation | None = None
        self._derived: Operation | None = None
        self._maker: dict[int, Operation] = {}
        self._entry: FrameType | None = None

    def run(self, data) -> Recording:
        """Runs the step on a batch.

        Args:
            data: The batch, as `train_step` gets it.
        """
        error = None
        with state.kept(self.model, self._paused), self._hooks():
            self._entry = sys._getframe()
            try:
                self.model.train_step(data)
            except TooLarge:  # Keras has put the layer's arguments into its text.
                raise too_large(len(self._operations), self._bytes) from None
            except Exception as raised:  # A step that raises is a finding, not a crash.
                error = raised
        return self._recording(data, error)

    def _recording(self, data, error) -> Recording:
        for variable in self.model.variables:
            self._variables[self.number(handle(variable))] = variable
        return Recording(
            graph=Graph(self._operations, self._array, self._is_float),
            backward=self._backward,
            calls=self._calls,
            variables=dict(adapters(self.model, self._variables, self._operations)),
            data=[self.number(t) for t in keras.tree.flatten(data) if tf.is_tensor(t)],
            error=error,
            number_of=self.number,
            made_at=self._made_at,
        )

    # What is seen while the step runs.

    @contextlib.contextmanager
    def _hooks(self):
        with contextlib.ExitStack() as stack:
            stack.callback(self._close_tapes)
            stack.enter_context(state.eager_functions())
            for optimizer in find_optimizers(self.model):
                stack.enter_context(replaced(optimizer, "apply", idle_apply(optimizer)))
                if self.ignore_scale:
                    stack.enter_context(replaced(optimizer, "scale_loss", lambda loss: loss))
            stack.enter_context(wrapped(keras.layers.Layer, "__call__", self._call_layer))
            stack.enter_context(wrapped(keras.layers.Layer, "__init__", self._make_layer))
            stack.enter_context(wrapped(tf.GradientTape, "__init__", self._make_tape))
            stack.enter_context(wrapped(tf.GradientTape, "_push_tape", self._push_tape))
            stack.enter_context(wrapped(tf.GradientTape, "_pop_tape", self._pop_tape))
            stack.enter_context(wrapped(tf.GradientTape, "gradient", self._differentiate))
            stack.enter_context(wrapped(tape_record, "record_operation", self._record_custom))
            stack.enter_context(wrapped(tape_record, "stop_recording", self._stop_recording))
            stack.enter_context(wrapped(script_ops, "py_func_common", self._host_call))
            if self._keeps_custom_calls:
                self.custom_calls = stack.enter_context(watched_calls())
            for name in ("numpy", "__array__", "__float__", "__int__"):
                stack.enter_context(wrapped(EagerTensorBase, name, self._leave))
            for name in ("array", "asarray"):  # They read a tensor without asking it.
                stack.enter_context(wrapped(np, name, self._leave))
            stack.enter_context(numpy_calls.seen_by(self._leave))
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
        self._bytes += sum(t.shape.num_elements() * t.dtype.size for t in outputs if is_float(t))
        check_size(len(self._operations) + 1, self._bytes)
        op_type = op_type.decode() if isinstance(op_type, bytes) else op_type
        kind = kind_of(op_type)
        operation = Operation(
            index=len(self._operations),
            type=op_type,
            kind=kind,
            spoken=spoken(op_type),
            inputs=() if kind == kinds.FORGETS else tuple(map(self.number, inputs)),
            outputs=tuple(map(self.number, outputs)),
            lines=self._lines(),
            layer=self._layers[-1].path or self._layers[-1].name if self._layers else None,
            on_tape=tape_record.could_possibly_record(),
            attributes=attributes,
        )
        self._operations.append(operation)
        self._maker |= dict.fromkeys(operation.outputs, operation)

    def _lines(self):
        """A derivative that the step takes itself stands on the line of what is derived."""
        lines = source.lines(self._entry)
        derived = self._derived and self._derived.location
        return (derived, *lines) if derived else lines

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
            if hasattr(tensor, "_id") and tensor._id not in self._tensors and is_float(tensor):
                watched = [v for tape in self._tapes for v in tape.watched_variables()]
                candidates = [*watched, *self.model.variables]
                variable = self._addresses.variable_at(tensor, candidates)
                if variable is not None:
                    self._add("ReadVariableOp", [handle(variable)], [tensor])

    def number(self, tensor) -> int:
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

    def _leave(self, method, *args, **kwargs):
        """A value that the user's code takes out of TensorFlow, to NumPy or to Python."""
        tensor = next(iter(args), None)
        if not self._pauses and hasattr(tensor, "_id") and is_float(tensor):
            with self._paused():
                self._read_variables([tensor])
                self._add(TO_NUMPY, [tensor], [])
                return method(*args, **kwargs)
        return method(*args, **kwargs)

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

    def _make_layer(self, init, layer, *args, **kwargs):
        self._made_at[id(layer)] = source.lines(self._entry)
        self._made_layers.append(layer)  # Its `id` is its own for as long as it lives.
        init(layer, *args, **kwargs)

    # The tape.

    def _make_tape(self, init, tape, persistent=False, watch_accessed_variables=True):
        init(tape, persistent=True, watch_accessed_variables=watch_accessed_variables)

    def _push_tape(self, push, tape):
        push(tape)
        self._tapes.append(tape)
        self._began.setdefault(id(tape), len(self._operations))
        self._watch()

    def _pop_tape(self, pop, tape):
        pop(tape)
        if tape in self._tapes:
            self._tapes.remove(tape)

    def _close_tapes(self):
        """A tape left open would record what the thread does from now on: all of the training."""
        for tape in self._tapes:
            if tape._recording:
                tape._pop_tape()

    def _differentiate(self, gradient, tape, target, sources, *args, **kwargs):
        """The user's call, and for weights once more with every value as a source."""
        if tape._recording:  # As a tape that is not persistent does it.
            tape._pop_tape()
        if self._pauses:  # The gradient of a Python function, inside of one of ours.
            return gradient(tape, target, sources, *args, **kwargs)
        flat = tf.nest.flatten(sources)
        if self._tapes or not flat or not all(hasattr(s, "handle") for s in flat):
            with gradient_functions.replaced_by(self._inner_gradient_of):
                return gradient(tape, target, sources, *args, **kwargs)
        with self._paused():
            self._backward.append(self._backward_of(gradient, tape, target, flat))
            if self._backward[-1].failed:
                raise self._backward[-1].failed[1]
            return gradient(tape, target, sources, *args, **kwargs)

    def _backward_of(self, gradient, tape, target, sources):
        losses = [self.number(t) for t in tf.nest.flatten(target) if t is not None]
        numbers = [self.number(handle(source)) for source in sources]
        self._variables |= {self.number(v.handle): v for v in tape.watched_variables()}
        gradients_of = functools.partial(self._gradients, gradient, tape, sources)
        gradients, failed = {}, None
        try:
            with gradient_functions.replaced_by(self._gradient_of):
                gradients = gradients_of(losses, target)
        except Exception as error:
            failed = self._failed, error
        paths = unique_paths(self.model.variables)
        return Backward(
            losses=tuple(losses),
            weights=tuple(numbers),
            paths=tuple(paths.get(id(s), getattr(s, "path", None)) for s in sources),
            gradient_of=_reader(gradients),
            pull=lambda value, seed: _reader(self._pulled(gradients_of, value, seed)),
            failed=failed,
            first=self._began.get(id(tape), 0),
            last=len(self._operations),
        )

    def _gradients(self, gradient, tape, sources, losses, target, given=None):
        """The gradient at the sources and at every value that goes into the losses, by number."""
        numbers = [self.number(handle(source)) for source in sources]
        before = Graph(self._operations, self._array, self._is_float).before(losses)
        wanted = [n for n in before if self._is_float(n) and n not in numbers]
        tensors = [self._tensors[n] for n in wanted]
        found = gradient(tape, target, [*tensors, *sources], output_gradients=given)
        return dict(zip([*wanted, *numbers], found, strict=True))

    def _pulled(self, gradients_of, value, seed):
        tensor = self._tensors[value]
        return gradients_of([value], tensor, tf.cast(seed, tensor.dtype))

    def _gradient_of(self, original, op_type, attributes, count, inputs, outputs, *rest):
        """Notes the operation whose backward pass raises."""
        try:
            if self.model.jit_compile is True and op_type in xla.GRADIENTS:
                return [xla.GRADIENTS[op_type](outputs[0], rest[0][0])]
            return original(op_type, attributes, count, inputs, outputs, *rest)
        except Exception:
            self._note_failure(op_type, [*(outputs or ()), *(inputs or ())])
            raise

    def _inner_gradient_of(self, original, op_type, attributes, count, inputs, outputs, *rest):
        """Notes of what operation the user's own derivative is being taken."""
        numbers = [tensor._id for tensor in outputs or () if hasattr(tensor, "_id")]
        self._derived = next(filter(None, map(self._maker.get, numbers)), None)
        try:
            return original(op_type, attributes, count, inputs, outputs, *rest)
        finally:
            self._derived = None

    def _note_failure(self, op_type, values):
        numbers = {self.number(v) for v in values if hasattr(v, "_id")}
        for operation in self._operations:
            if operation.type == op_type and numbers & {*operation.outputs, *operation.inputs}:
                self._failed = gradient_functions.giver(self._operations, operation)

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
        return as_array(tensor)


def _reader(gradients):
    return lambda number: as_array(gradients.get(number))
