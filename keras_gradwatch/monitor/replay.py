"""Goes back to a batch that showed a finding: its data, and the weights as they were before it."""

import contextlib

import keras

from keras_gradwatch import diagnosis
from keras_gradwatch.backends.tensorflow import replicas
from keras_gradwatch.backends.tensorflow.updates import value_of


def _end_of_data():
    if keras.backend.backend() != "tensorflow":
        return (StopIteration,)
    import tensorflow as tf

    return (StopIteration, tf.errors.OutOfRangeError)


END_OF_DATA = _end_of_data()
"""What a train function raises when a data set of unknown length has ended."""


def hold(model, optimizers=()) -> list:
    """Returns the variables of a model, and of optimizers, with their values of now.

    On TensorFlow a value is a reference that is copied only when the variable is written to, torch
    writes in place. JAX has its state outside of the model, see `hold_all`.
    """
    variables = [*model.variables, *(v for optimizer in optimizers for v in optimizer.variables)]
    if keras.backend.backend() == "torch":
        return [(variable, value_of(variable)) for variable in variables]
    import tensorflow as tf

    parts = [part for variable in variables for part in replicas.parts(variable)]
    # What `part.value()` does, in half the time: this is done at each sampled batch.
    read = tf.raw_ops.ReadVariableOp
    return [(part, read(resource=part.handle, dtype=part.dtype)) for part in parts]


def hold_all(model, optimizers, args):
    """What a call of the train function may change: on JAX its argument, which it uses up."""
    if keras.backend.backend() == "jax":
        return keras.tree.map_structure(keras.ops.copy, args[0])
    return hold(model, optimizers)


def take_back(outputs, held):
    """Undoes a call of the train function.

    Args:
        outputs: What it returned.
        held: What `hold_all` returned before it.

    Returns:
        The outputs as `fit` is to see them.
    """
    if keras.backend.backend() == "jax":
        logs, _ = outputs
        return logs, held
    put_back(held)
    return outputs


def put_back(held) -> None:
    """Gives the variables the values that were held."""
    for variable, value in held:
        variable.assign(value)


@contextlib.contextmanager
def before_the_batch(model, held):
    """Gives the variables the values that were held, for as long as the block runs."""
    now = hold(model)
    try:
        put_back(held)
        yield
    finally:
        put_back(now)


def next_batch(args):
    """One more batch of the data that `fit` passes to its train function, or `None`."""
    try:
        return next(iter(args[-1]))
    except Exception:  # Data that cannot be read is the reason why there is no batch.
        return None


def explain(model, sample, findings):
    """The findings with their cause, searched for on the batch of the sample."""
    with before_the_batch(model, sample.held):
        return diagnosis.explain(model, sample.observation.data, findings)


def explain_error(model, held, data, error):
    """Findings that say why a step raised."""
    with before_the_batch(model, held):
        return diagnosis.explain_error(model, data, error)
