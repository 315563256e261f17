"""What a run of a train step changes, put back; and functions that run as plain Python."""

import contextlib
import random

import numpy as np
import tensorflow as tf

from keras_gradwatch.backends.tensorflow.private import ag_ctx, eager_context
from keras_gradwatch.backends.tensorflow.replicas import parts
from keras_gradwatch.optimizers import find_optimizers


@contextlib.contextmanager
def kept(model):
    """Puts back all that a step changes: variables and the states of random generators."""
    owners = [model, *find_optimizers(model)]
    variables = {id(v): v for owner in owners for v in owner.variables}
    variables |= {id(v): v for v in getattr(model, "metrics_variables", ())}
    one_each = [part for v in variables.values() if _is_initialized(v) for part in parts(v)]
    values = [(part, part.numpy()) for part in one_each]
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
