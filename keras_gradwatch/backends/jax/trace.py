"""Traces a model's train step as `jit` does, with marks where layers, weights and losses are.

The forward pass of each gradient stays in the jaxpr as it was written, see `marks`.
"""

import contextlib
import dataclasses
import itertools
import random
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import jax
import keras
import numpy as np
from jax.ad_checkpoint import checkpoint_name
from jax.experimental.xla_metadata import set_xla_metadata
from jax.extend.core import ClosedJaxpr

from keras_gradwatch.backends.jax import private
from keras_gradwatch.backends.jax.marks import GRADIENTS, RESULTS, SOURCES, Key
from keras_gradwatch.backends.patching import replaced, wrapped
from keras_gradwatch.optimizers import find_optimizers
from keras_gradwatch.recording import source

MARK = "gradwatch#"
"""Begins the names of scopes and of tags that this module adds."""
_fresh = itertools.count()


@dataclasses.dataclass(frozen=True)
class TracedCall:
    """A call of a layer, its arguments and its result as they were while the step was traced."""

    number: int
    layer: Any
    arguments: tuple
    outputs: Any
    lines: tuple


class Trace:
    """The jaxpr of a train step, and what was seen while it was made.

    Args:
        model: The compiled model.
        ignore_scale: Whether the loss is left unscaled.

    Attributes:
        closed: The jaxpr, `None` where the step raised.
        calls: The calls of layers, in the order in which they ended.
        constants: The variable that each array was read from, by the array's `id`: a variable
            whose value is no argument of the step is a constant to JAX.
        written: The `id` of each variable that the step assigns to.
    """

    def __init__(self, model, ignore_scale: bool = False):
        self.closed: ClosedJaxpr | None = None
        self.calls: list[TracedCall] = []
        self.constants: dict[int, Any] = {}
        self.written: set[int] = set()
        self._model = model
        self._ignore_scale = ignore_scale
        self._before: dict[int, tuple[Any, Any]] = {}
        self._entry: FrameType | None = None
        self._depth = 0
        self._numbers = itertools.count()

    def run(self, *arguments) -> Exception | None:
        """Traces the step, and returns what it raises."""
        self._entry = sys._getframe()
        try:
            with self._nothing_kept(), self._hooks():
                self.closed = jax.make_jaxpr(self._model.train_step)(*arguments)
        except Exception as raised:  # A step that raises is a finding, not a crash.
            return raised
        return None

    def see_calls(self, function: Callable) -> None:
        """Calls a function that raises, to see which layers return before it does."""
        self._entry = sys._getframe()
        with contextlib.suppress(Exception), self._nothing_kept(), self._hooks():
            function()

    def run_without_tracing(self, *arguments) -> Exception | None:
        """Runs the step as it is, and returns what it raises."""
        try:
            with self._nothing_kept():
                self._model.train_step(*arguments)
        except Exception as raised:
            return raised
        return None

    @contextlib.contextmanager
    def _nothing_kept(self) -> Iterator[None]:
        """Applies nothing, and puts back what Python code changes."""
        python_state, numpy_state = random.getstate(), np.random.get_state()
        with contextlib.ExitStack() as stack:
            for optimizer in find_optimizers(self._model):
                for name, idle in (("stateless_apply", _unchanged), ("apply", _nothing)):
                    stack.enter_context(replaced(optimizer, name, idle))
                if self._ignore_scale:
                    stack.enter_context(replaced(optimizer, "scale_loss", lambda loss: loss))
            stack.enter_context(wrapped(private.owner_of("assign"), "assign", self._assign))
            try:
                yield
            finally:
                for variable, value in self._before.values():
                    private.set_raw_value(variable, value)
                random.setstate(python_state)
                np.random.set_state(numpy_state)

    @contextlib.contextmanager
    def _hooks(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            # A part of the key of every cache of traces: nothing that was traced before is reused,
            # and nothing that is traced here is reused later.
            stack.enter_context(set_xla_metadata(gradwatch=next(_fresh)))
            for owner, name, replacement in (
                (keras.layers.Layer, "__call__", self._call_layer),
                (keras.layers.Layer, "stateless_call", self._call_stateless),
                (jax.nn, "softmax", _softmax),
            ):
                stack.enter_context(wrapped(owner, name, replacement))
            stack.enter_context(private.getter(private.owner_of("value"), "value", self._read))
            stack.enter_context(private.vjp(self._vjp))
            yield

    # Layers.

    def _call_layer(self, call, layer, *args, **kwargs):
        with self._inside(layer, (args, kwargs)) as ended:
            return ended(call(layer, *args, **kwargs))

    def _call_stateless(self, call, layer, trainable, non_trainable, *args, **kwargs):
        with self._inside(layer, (args, kwargs)) as ended:
            outputs = call(layer, trainable, non_trainable, *args, **kwargs)
            ended(outputs[0])
            return outputs

    @contextlib.contextmanager
    def _inside(self, layer, arguments: tuple) -> Iterator[Callable]:
        """Marks what is traced inside a call of a layer, and gives a function for its result."""
        number, lines = next(self._numbers), source.lines(self._entry)

        def ended(outputs):
            for i, leaf in enumerate(jax.tree.leaves(outputs)):
                if isinstance(leaf, jax.core.Tracer):
                    checkpoint_name(leaf, f"{MARK}{number}.{i}")
            self.calls.append(TracedCall(number, layer, arguments, outputs, lines))
            return outputs

        with jax.named_scope(f"{MARK}{number}"):
            yield ended

    # Variables.

    def _assign(self, assign, variable, value):
        self.written.add(id(variable))
        self._before.setdefault(id(variable), (variable, private.raw_value(variable)))
        return assign(variable, value)

    def _read(self, read, variable):
        raw = private.raw_value(variable)
        if isinstance(raw, jax.Array) and not isinstance(raw, jax.core.Tracer):
            self.constants[id(raw)] = variable
        return read(variable)

    # Backward passes.

    def _vjp(self, vjp, fun, *primals, has_aux=False, **options):
        """The forward pass between two marks, and a mark in the place of the backward pass."""
        if self._depth:  # A gradient inside of a loss is a part of its forward pass.
            return vjp(fun, *primals, has_aux=has_aux, **options)
        key = Key()
        leaves, tree = jax.tree.flatten(primals)
        sources = SOURCES.bind(*leaves, key=key)
        self._depth += 1
        try:
            result = fun(*jax.tree.unflatten(tree, sources))
        finally:
            self._depth -= 1
        result, *aux = result if has_aux else (result,)
        flat, result_tree = jax.tree.flatten(result)
        results = RESULTS.bind(*flat, key=key)
        result = jax.tree.unflatten(result_tree, results)
        given = tuple(jax.typeof(leaf) for leaf in leaves)

        def backward(cotangents):
            flat = jax.tree.leaves(cotangents)
            found = GRADIENTS.bind(*flat, *results, key=key, given=given)
            return jax.tree.unflatten(tree, found)

        return (result, backward, *aux)


def _unchanged(optimizer_variables, gradients, trainable_variables):
    return trainable_variables, optimizer_variables


def _nothing(*args, **kwargs):
    return None


def _softmax(softmax, x, axis=-1, where=None, **options):
    """Keeps the operations of a softmax together, as JAX keeps those of a relu."""
    if options or where is not None:
        return softmax(x, axis, where=where, **options)
    function = lambda x: softmax(x, axis)  # noqa: E731
    function.__name__ = "softmax"
    return jax.jit(function)(x)
