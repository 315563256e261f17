"""Runs the model's own train step once, operation by operation, and keeps what it does.

A `TorchFunctionMode` sees each function of PyTorch that the step calls, with its values, on the
line that asked for it. Hooks see the gradient at each value while the user's own `backward` runs,
once. Nothing is applied; what the step writes is put back.
"""

import contextlib
import functools
import sys
from types import FrameType
from typing import Any

import keras
import torch

from keras_gradwatch.backends.patching import replaced, wrapped
from keras_gradwatch.backends.torch import kinds as names
from keras_gradwatch.backends.torch import state
from keras_gradwatch.backends.torch.autograd import Autograd
from keras_gradwatch.backends.torch.calls import Call, differentiation, is_float, tensors_in
from keras_gradwatch.backends.torch.interception import Mode, replaced_apply
from keras_gradwatch.backends.torch.passes import Passes
from keras_gradwatch.backends.torch.private import (
    are_transforms_active,
    held_value,
    in_stateless_scope,
    trained_by,
)
from keras_gradwatch.backends.torch.values import Values
from keras_gradwatch.backends.torch.variables import adapters, attributes_of
from keras_gradwatch.optimizers import find_optimizers, idle_apply
from keras_gradwatch.recording import kinds, source
from keras_gradwatch.recording.graph import Graph, Operation
from keras_gradwatch.recording.recording import LayerCall, Recording, check_size, layers_of

_WRITES_BUFFERS = {"batch_norm", "instance_norm"}
"""They write their moving statistics without a function that is seen."""


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


def traced_error(model, data) -> None:
    """What compiling the step raises that running it does not: a step of PyTorch's runs."""
    return None


class Recorder:
    """Records one run of `model.train_step`.

    Args:
        model: The compiled model.
        ignore_scale: Whether the loss is left unscaled.
    """

    def __init__(self, model, ignore_scale: bool = False):
        self.model = model
        self.ignore_scale = ignore_scale
        self.custom_calls: list[tuple[Any, tuple, Operation]] = []
        self._operations: list[Operation] = []
        self._layers: list[Any] = []
        self._calls: list[LayerCall] = []
        self._made_at: dict[int, tuple] = {}
        self._made_layers: list[Any] = []
        self._values = Values()
        self._autograd = Autograd(self._values)
        self._passes = Passes(self._values, self._autograd)
        self._writes = state.Writes(self._values)
        self._error: Exception | None = None
        self._pauses = 0
        self._entry: FrameType | None = None
        self._mode = Mode(self.saw)

    def run(self, data) -> Recording:
        """Runs the step on a batch.

        Args:
            data: The batch, as `train_step` gets it.
        """
        self._number_variables()
        with state.kept(self.model), self._hooks():
            self._entry = sys._getframe()
            try:
                with self._mode:
                    self.model.train_step(data)
            except Exception as raised:  # A step that raises is a finding, not a crash.
                self._check_size()  # Keras gives its error new text.
                self._error = raised
            finally:
                self._autograd.finish()
                self._writes.put_back()
        return self._recording(data)

    def _recording(self, data) -> Recording:
        self._number_variables()
        layers = layers_of(self._calls)
        written = {o.inputs[0] for o in self._operations if o.kind == kinds.ASSIGN}
        variables = dict(adapters(self.model, layers, self._values, written))
        paths = {number: variable.path for number, variable in variables.items()}
        numbers = map(self._values.number_of, self.model.trainable_variables)
        trainable = [number for number in numbers if number is not None]
        found = map(self._values.number_of, keras.tree.flatten(data))
        return Recording(
            graph=Graph(self._operations, self._values.array, self._values.is_float),
            backward=self._passes.finished(self._operations, paths, trainable),
            calls=self._calls,
            variables=variables,
            data=[number for number in found if number is not None],
            error=self._error or self._passes.error,
            number_of=self._values.number_of,
            attributes_of=attributes_of,
            made_at=self._made_at,
        )

    def _number_variables(self):
        """Numbers the variables of the model; a layer may have been built during the step."""
        for variable in self.model.variables:
            if held_value(variable) is not None:
                self._values.add_variable(held_value(variable))

    # What is seen while the step runs.

    @contextlib.contextmanager
    def _hooks(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(torch.compiler.set_stance("force_eager"))
            for optimizer in find_optimizers(self.model):
                is_own = optimizer is self.model.optimizer  # `fit` builds it with all weights.
                known = self.model.trainable_variables if is_own else ()
                apply = functools.partial(self._apply, optimizer, idle_apply(optimizer, known))
                stack.enter_context(replaced(optimizer, "apply", apply))
                if self.ignore_scale:
                    stack.enter_context(replaced(optimizer, "scale_loss", lambda loss: loss))
            for optimizer in state.torch_optimizers(self.model):
                step = functools.partial(self._step, optimizer)
                stack.enter_context(replaced(optimizer, "step", step))
            stack.enter_context(wrapped(keras.layers.Layer, "__init__", self._make_layer))
            stack.enter_context(wrapped(keras.layers.Layer, "__call__", self._call_layer))
            stack.enter_context(replaced_apply(self._apply_custom))
            yield

    def saw(self, call: Call):
        """Runs one call of a function of PyTorch, and records it."""
        if self._is_off(call.tensors):
            return call()
        with self._paused():
            if call.differentiates:
                return self._differentiate(call)
            if call.asks_autograd:
                return self._answer(call)
            if call.leaves:
                return self._leave(call)
            if call.sets_requires_grad:
                self._autograd.close(call.arguments[0])
            if call.reads_no_content or call.sets_requires_grad:
                return call()
            return self._operate(call)

    def _is_off(self, tensors) -> bool:
        """Whether nothing is to be recorded now: shapes are inferred, or `vmap` wraps tensors."""
        off = self._pauses or are_transforms_active() or in_stateless_scope()
        return bool(off) or any(tensor.is_meta for tensor in tensors)

    def _operate(self, call):
        if call.has_variables:
            with self._resumed():  # A cast of the variable is an operation of the step as well.
                call = call.with_values()
        target, given = call.target, call.tensors
        for tensor in given:
            self._autograd.open(tensor)
        inputs = [self._read(tensor) for tensor in given]
        if target is not None:
            return self._write(call, target, inputs)
        if call.name in _WRITES_BUFFERS:
            self._save(given)
        result = self._run(call)
        made = [t for t in tensors_in(result) if self._values.number_of(t) is None]
        if made:
            self._add_call(call, inputs, made, is_deaf=self._are_deaf(given))
        return result

    def _run(self, call):
        try:
            return call()
        except RuntimeError:
            if any(map(self._autograd.asks, call.tensors)):
                raise
            with torch.no_grad():  # It may raise only because we opened a value.
                return call()

    def _write(self, call, target, inputs):
        """A write in place: the tensor, and those that share its elements, are other values now."""
        self._save([target])
        old, region = self._values.number(target), call.region()
        changed = self._values.keep_overlapping(region)
        for tensor in changed:
            if tensor.is_leaf:  # A leaf that asks for a gradient cannot be written to.
                self._autograd.close(tensor)
        result = self._run(call)
        if call.replaces_target:
            inputs = [number for number in inputs if number != old]
        for variable in self._values.variables_in(region):
            others = [number for number in inputs if number != variable]
            self._add(names.ASSIGN, kinds.ASSIGN, [variable, *others], [])
        for tensor in changed:
            self._values.forget(tensor)
        if changed:
            self._add_call(call, inputs, changed, overwrites=old)
        return result

    def _save(self, tensors):
        """Copies tensors that are older than the step, to put them back."""
        for tensor in tensors:
            if not self._values.is_made(tensor):
                self._writes.save(tensor)

    def _are_deaf(self, given) -> bool:
        """Whether an input comes out of `inference_mode`, which autograd cannot follow."""
        number_of = self._values.number_of
        return any(t.is_inference() and self._autograd.depends(number_of(t)) for t in given)

    def _add_call(self, call, inputs, outputs, is_deaf=False, **attributes):
        kind = names.kind_of(call.name, len(inputs), call.bounds)
        if kind == kinds.FORGETS:
            inputs = []
        if call.name == "masked_fill":  # A choice has its condition first.
            inputs = [inputs[1], inputs[0], *inputs[2:]]
        goes_in = any(map(self._values.is_float, inputs))
        spoken = names.spoken(call.name, goes_in and not any(map(is_float, outputs)))
        attributes["summands"] = names.summands(call.name, inputs)
        self._add(call.name, kind, inputs, outputs, spoken, is_deaf, **attributes)

    def _add(self, name, kind, inputs, outputs, spoken=None, is_deaf=False, **attributes):
        numbers = [self._values.make(tensor) for tensor in outputs]
        for number, tensor in zip(numbers, outputs, strict=True):
            self._autograd.made(number, tensor, inputs)
        operation = Operation(
            index=len(self._operations),
            type=name,
            kind=kind,
            spoken=spoken or names.spoken(name),
            inputs=tuple(inputs),
            outputs=tuple(numbers),
            lines=source.lines(self._entry),
            layer=self._layers[-1].path or self._layers[-1].name if self._layers else None,
            on_tape=torch.is_grad_enabled() and not is_deaf,
            attributes=attributes,
        )
        self._operations.append(operation)
        self._check_size()

    def _check_size(self):
        check_size(len(self._operations), self._values.size)

    def _read(self, tensor) -> int:
        """The number of a value that an operation reads; it may be the first time it is seen."""
        if self._values.number_of(tensor) is None:
            if tensor.grad_fn is not None:
                self._adopt(tensor)
            elif tensor.requires_grad or isinstance(tensor, torch.nn.Parameter):
                self._values.add_variable(tensor)
        return self._autograd.read(tensor)

    def _adopt(self, tensor):
        """Adds what made a value unseen (`vmap`, a script), as autograd knows it."""
        waiting, seen, inputs = [tensor.grad_fn], set(), set()
        while waiting:
            node = waiting.pop()
            known = self._autograd.known_at(node)
            inputs.update(known)
            if node in seen or known:
                continue
            seen.add(node)
            leaf = getattr(node, "variable", None)
            if leaf is not None:
                inputs.add(self._read(leaf))
            waiting += [following for following, _ in node.next_functions if following is not None]
        name = tensor.grad_fn.name().partition("Backward")[0]
        self._add(name, kinds.LINEAR, sorted(inputs), [tensor])

    def _answer(self, call):
        """What the user's code asks of autograd, as it would be without us."""
        tensor = call.arguments[0]
        is_opened = self._autograd.depends(self._values.number_of(tensor))
        if is_opened and not self._autograd.asks(tensor):
            return {"requires_grad": False, "grad_fn": None, "is_leaf": True}[call.own_name]
        return call()

    def _leave(self, call):
        """A value that the user's code takes out of PyTorch, to NumPy or to Python."""
        tensor = call.arguments[0]
        if self._autograd.depends(self._values.number_of(tensor)):
            self._add(call.own_name, kinds.TO_NUMPY, [self._values.number(tensor)], [])
            if not self._autograd.asks(tensor):
                return call.function(tensor.detach(), *call.arguments[1:], **call.options)
        return call()

    # Layers and custom functions.

    def _make_layer(self, init, layer, *args, **kwargs):
        self._made_at[id(layer)] = source.lines(self._entry)
        self._made_layers.append(layer)  # Its `id` is its own for as long as it lives.
        init(layer, *args, **kwargs)

    def _call_layer(self, call, layer, *args, **kwargs):
        if self._pauses or in_stateless_scope():
            return call(layer, *args, **kwargs)
        lines, first = source.lines(self._entry), len(self._operations)
        self._layers.append(layer)
        try:
            outputs = call(layer, *args, **kwargs)
        finally:
            self._layers.pop()
        last = len(self._operations)
        self._calls.append(LayerCall(layer, (args, kwargs), outputs, lines, first, last))
        return outputs

    def _apply_custom(self, function, apply, args, kwargs):
        """One call of a `torch.autograd.Function`: its outputs are taken over from what it runs."""
        given = tensors_in((args, kwargs))
        if self._is_off(given):
            return apply(*args, **kwargs)
        with self._paused():
            for tensor in given:
                self._autograd.open(tensor)
            inputs = [self._read(tensor) for tensor in given]
        result = apply(*args, **kwargs)
        with self._paused():
            outputs = tensors_in(result)
            node = next((t.grad_fn for t in outputs if t.grad_fn is not None), None)
            backward = getattr(node, "grad_fn", None) or function.backward
            for tensor in outputs:
                self._values.forget(tensor)
            name = names.CUSTOM
            self._add(
                name, kinds.CUSTOM, inputs, outputs, function=function.__name__, backward=backward
            )
            self.custom_calls.append((function, args, self._operations[-1]))
        return result

    # The backward pass.

    def _differentiate(self, call):
        asked = differentiation(call)
        losses, sources = ([self._read(t) for t in ts] for ts in (asked.losses, asked.sources))
        if asked.creates_graph and asked.returns_gradients:
            result = call()
            self._add(names.GRADIENT, kinds.LINEAR, [*losses, *sources], tensors_in(result))
            return result
        return self._passes.run(asked, losses, sources)

    def _apply(self, optimizer, idle, grads, trainable_variables=None, **kwargs):
        """Not applied; but this says which weights the passes before it were for."""
        variables = trainable_variables or trained_by(optimizer)
        self._assign_passes([held_value(variable) for variable in variables])
        idle(grads, trainable_variables)
        return optimizer.iterations

    def _step(self, optimizer, closure=None):
        """The same of an optimizer of PyTorch's."""
        result = closure() if closure is not None else None
        self._assign_passes([p for group in optimizer.param_groups for p in group["params"]])
        return result

    def _assign_passes(self, tensors):
        with self._paused():
            self._passes.assign([self._read(tensor) for tensor in tensors])

    @contextlib.contextmanager
    def _paused(self):
        self._pauses += 1
        try:
            yield
        finally:
            self._pauses -= 1

    @contextlib.contextmanager
    def _resumed(self):
        """Records for a while, in the middle of a call that is being recorded."""
        pauses, self._pauses = self._pauses, 0
        try:
            with self._mode:
                yield
        finally:
            self._pauses = pauses
