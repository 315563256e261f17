"""Methods that the user decorated with `tf.function`: what is computed inside stays inside.

A train step, or a part of it, that is a function of its own has a graph of its own, and a gradient
cannot leave it to be measured. While Keras traces the step such a method is called as the plain
Python it is made of, and becomes part of the step.
"""

import contextlib
import functools
import inspect
from collections.abc import Callable
from typing import Any

import tensorflow as tf


def undecorated_methods(model) -> dict[str, Callable]:
    """Returns the decorated methods of a model by name, as the Python that the step can take in.

    A method that XLA compiles, and any in a step that runs eagerly, would compute other bits than
    it does closed, and is not among them.
    """
    if model.run_eagerly:
        return {}
    found: dict[str, Callable] = {}
    for name, method in _decorated(type(model)):
        if not method._jit_compile:
            with contextlib.suppress(Exception):  # What AutoGraph cannot convert stays closed.
                found[name] = functools.partial(_as_traced(method), model)
    return found


def current_graph() -> Any:
    """The graph that operations go into now."""
    return tf.compat.v1.get_default_graph()


def _decorated(model_class):
    for name in dir(model_class):
        attribute = inspect.getattr_static(model_class, name)
        if isinstance(attribute, tf.types.experimental.PolymorphicFunction):
            yield name, attribute


def _as_traced(method):
    """The Python function as AutoGraph writes it, with conditions and loops on tensors."""
    function = method.python_function
    return tf.autograph.to_graph(function) if method._autograph else function
