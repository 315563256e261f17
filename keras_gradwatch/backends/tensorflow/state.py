"""What a run of a train step changes, put back; and functions that run as plain Python."""

import contextlib
import random
import threading
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from keras_gradwatch.backends.patching import wrapped
from keras_gradwatch.backends.tensorflow.private import (
    BaseResourceVariable,
    ag_ctx,
    eager_context,
    random_seed,
    read_variable,
)
from keras_gradwatch.backends.tensorflow.replicas import parts
from keras_gradwatch.optimizers import find_optimizers

OWN_SEEDS = 2**31
"""Seeds of a user are smaller."""


@contextlib.contextmanager
def kept(model, quietly: Callable = contextlib.nullcontext):
    """Puts back all that a step changes: variables and the states of random generators.

    Args:
        model: The model.
        quietly: A scope for operations that are not the step's.
    """
    owners = [model, *find_optimizers(model)]
    variables = {id(v): v for owner in owners for v in owner.variables}
    variables |= {id(v): v for v in getattr(model, "metrics_variables", ())}
    one_each = [part for v in variables.values() if _is_initialized(v) for part in parts(v)]
    values = [(part, part.numpy()) for part in one_each]
    generator = getattr(eager_context.context(), "_rng", None)  # Made by the first seed.
    eager_state = generator.getstate() if generator else None
    python_state, numpy_state = random.getstate(), np.random.get_state()
    try:
        with wrapped(random_seed, "get_seed", _own_seeds), _noted(one_each, quietly) as others:
            yield
    finally:
        for variable, value in (*values, *others):
            variable.assign(value)
        random.setstate(python_state)
        np.random.set_state(numpy_state)
        if generator is not None:
            generator.setstate(eager_state)


def _own_seeds(get_seed, seed):
    """Seeds for random operations of ours: the kernel of each keeps its place in its stream."""
    first, second = get_seed(seed)
    return (first, second) if first is None else (OWN_SEEDS + first, second)


@contextlib.contextmanager
def _noted(known, quietly):
    """Notes each other variable whose resource is asked for, with its value before that.

    A step may write to variables that Keras does not know, such as the state of a
    `tf.random.Generator`.
    """
    own, thread, seen = BaseResourceVariable.handle, threading.get_ident(), {id(v) for v in known}
    others: list = []

    def handle(variable):
        resource = own.fget(variable)
        if id(variable) not in seen and threading.get_ident() == thread:
            seen.add(id(variable))
            if tf.executing_eagerly():
                with quietly(), contextlib.suppress(tf.errors.FailedPreconditionError):
                    others.append((variable, read_variable(resource, variable.dtype)))
        return resource

    BaseResourceVariable.handle = property(handle)
    try:
        yield others
    finally:
        BaseResourceVariable.handle = own


@contextlib.contextmanager
def eager_functions():
    """Makes each `tf.function` run as the Python function that it is."""
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        # Eager code needs no conversion, and lines of converted code are not the user's.
        with ag_ctx.ControlStatusCtx(status=ag_ctx.Status.DISABLED):
            yield
    finally:
        tf.config.run_functions_eagerly(before)


def _is_initialized(variable) -> bool:
    """A trace that raised leaves an optimizer with variables that were never initialized."""
    return bool(tf.compat.v1.is_variable_initialized(variable.value))
