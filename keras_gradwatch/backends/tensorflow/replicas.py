"""Training on several devices at once with `tf.distribute`: a train step for each replica.

Each replica runs the step on its share of the batch and has gradients of its own; what the
optimizer applies is their sum. What the replicas return, Keras joins into its mean.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import tensorflow as tf

from keras_gradwatch.backends.patching import replaced


def has_replicas(model) -> bool:
    """Whether more than one replica trains the model."""
    strategy = _strategy(model)
    return strategy is not None and strategy.num_replicas_in_sync > 1


def keeps_batch(model) -> bool:
    """Whether an observed step can return its batch: of several workers Keras takes a mean."""
    strategy = _strategy(model)
    return strategy is None or not strategy.extended._in_multi_worker_mode()


@contextlib.contextmanager
def with_first_batch(model) -> Iterator[None]:
    """A scope in which the observed step on several replicas returns the batch of the first one.

    What replicas return, Keras takes the mean of. The batch is added outside of them.
    """
    strategy = _strategy(model)
    if not keeps_batch(model):
        yield
        return
    run = strategy.run

    def observed_run(function, args=(), *rest, **options):
        outputs = run(function, args, *rest, **options)
        if isinstance(outputs, dict) and "logs" in outputs and len(outputs) > 1:
            first = lambda value: strategy.experimental_local_results(value)[0]  # noqa: E731
            outputs["data"] = keras.tree.map_structure(first, args[0])
        return outputs

    with replaced(strategy, "run", observed_run):
        yield


def writes_files(model) -> bool:
    """Whether this process is the one that writes files, of all that train the model."""
    strategy = _strategy(model)
    return strategy is None or strategy.extended.should_save_summary


def sum_over_replicas(gradients: Sequence, variables: Sequence) -> Sequence:
    """Returns the sum of each gradient over the replicas, `None` where it is `None`."""
    context = _context()
    if context is None:
        return gradients
    present = [gradient for gradient in gradients if gradient is not None]
    sums = context.all_reduce(tf.distribute.ReduceOp.SUM, present) if present else []
    for gradient, total in zip(present, sums, strict=True):
        if isinstance(total, tf.IndexedSlices):  # The number of its rows is not known any more.
            total.values.set_shape([None, *gradient.values.shape[1:]])
    remaining = iter(sums)
    return [None if gradient is None else next(remaining) for gradient in gradients]


def for_the_mean(tensors: Any) -> Any:
    """Returns a structure of tensors in a form that Keras can take the mean of, exactly.

    Several workers are joined with a mean over the first axis too, so each tensor gets one.
    """
    context = _context()
    if context is None:
        return tensors
    workers = context.strategy.extended._in_multi_worker_mode()
    return keras.tree.map_structure(
        lambda tensor: keras.ops.cast(tensor, "float64")[(None,) if workers else ...], tensors
    )


def parts(variable) -> tuple:
    """The `tf.Variable` of each replica that a variable consists of."""
    return getattr(variable.value, "values", (variable.value,))


def _strategy(model):
    """The strategy, which on TensorFlow each model has."""
    return getattr(model, "distribute_strategy", None)


def _context():
    """The context of the replica that runs this, or `None` where there is only one."""
    context = tf.distribute.get_replica_context()
    return context if context is not None and context.num_replicas_in_sync > 1 else None
