"""The update ratio is that of the weights after and before, whatever the optimizer writes."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gradwatch import GradientWatch
from keras_gradwatch.backends.tensorflow.updates import Updates, value_of

OPTIMIZERS = {
    "sgd": lambda: keras.optimizers.SGD(0.1),
    "momentum": lambda: keras.optimizers.SGD(0.1, momentum=0.9),
    "adam": lambda: keras.optimizers.Adam(0.01),
    "weight decay": lambda: keras.optimizers.AdamW(0.01, weight_decay=0.5),
    "assigns": lambda: keras.optimizers.Ftrl(0.1),
    "average overwrites": lambda: keras.optimizers.SGD(
        0.1, use_ema=True, ema_overwrite_frequency=1
    ),
    "loss scale": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1)),
    "accumulation": lambda: keras.optimizers.SGD(0.1, gradient_accumulation_steps=2),
}


def combinations():
    """Each optimizer in each way; XLA takes seconds, and two of the optimizers stand for all."""
    for way in ({}, {"jit_compile": True}, {"run_eagerly": True}):
        for name, optimizer in OPTIMIZERS.items():
            is_slow = "jit_compile" in way and name not in ("adam", "loss scale")
            marks = [pytest.mark.slow] if is_slow else []
            yield pytest.param(optimizer, way, id=f"{name}-{way}", marks=marks)


@pytest.mark.parametrize(("optimizer", "how"), list(combinations()))
def test_the_update_ratio_is_that_of_the_weights(optimizer, how):
    keras.utils.set_random_seed(0)
    dense = keras.layers.Dense(3, kernel_constraint="unit_norm", bias_initializer="ones")
    model = keras.Sequential([keras.Input((4,)), dense])
    model.compile(optimizer(), "mse", **how)
    x, y = np.random.normal(size=(8, 4)), np.random.normal(size=(8, 3))
    weights = [[weight.numpy() for weight in model.trainable_weights]]
    keep = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: weights.append(
            [weight.numpy() for weight in model.trainable_weights]
        )
    )
    watch = GradientWatch(every=1, rules=[])
    model.fit(x, y, batch_size=4, shuffle=False, verbose=0, callbacks=[watch, keep])
    expected = [
        np.linalg.norm(new - old) / np.linalg.norm(old)
        for before, after in itertools.pairwise(weights)
        for old, new in zip(before, after, strict=True)
    ]
    assert len(expected) == 4
    np.testing.assert_allclose(watch.to_pandas().update_ratio, expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("rate", [0.0, 1e-12])
@pytest.mark.parametrize("how", [{}, {"run_eagerly": True}], ids=str)
def test_an_update_that_is_lost_in_rounding_moves_nothing(how, rate):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, bias_initializer="ones")])
    model.compile(keras.optimizers.Adam(rate), "mse", **how)
    weights = [weight.numpy() for weight in model.trainable_weights]
    x, y = np.random.normal(size=(32, 4)), np.random.normal(size=(32, 3))
    watch = GradientWatch(every=1, explain=False)
    with pytest.warns(
        UserWarning, match="2 of 2 weights have a gradient and do not move: the learning rate"
    ):
        model.fit(x, y, batch_size=4, verbose=0, callbacks=[watch])
    for old, weight in zip(weights, model.trainable_weights, strict=True):
        np.testing.assert_array_equal(weight.numpy(), old)


def traced(write, dtype="float32"):
    """What is known of the update that a function makes to a variable, 7 its position."""
    variable = keras.Variable(np.ones(3), dtype=dtype)

    @tf.function
    def step():
        variable.assign(variable + 1)  # A write before that is none of the optimizer's.
        updates = Updates({7: variable})
        write(variable.value)
        return updates.added()

    return step()


def test_what_is_added_and_subtracted_is_summed():
    def write(value):
        value.assign_add([1.0, 2.0, 3.0])
        value.assign_sub([0.5, 0.5, 0.5])

    np.testing.assert_array_equal(traced(write)[7], [0.5, 1.5, 2.5])


@pytest.mark.parametrize(
    "write",
    [
        lambda value: value.assign([1.0, 2.0, 3.0]),
        lambda value: (value.assign_add([1.0, 1.0, 1.0]), value.assign(2 * value)),
        lambda value: tf.cond(value[0] > 0, lambda: value.assign_add(value), lambda: value + 0),
        lambda value: value.scatter_sub(tf.IndexedSlices(tf.ones(1), [1])),
        lambda value: None,
    ],
    ids=["assigned", "added and assigned", "in a branch", "scattered", "not written"],
)
def test_any_other_write_is_not_guessed_at(write):
    assert set(traced(write)) == set()


def test_half_precision_loses_much_of_an_update_so_that_it_is_not_taken_from_the_graph():
    def write(value):
        value.assign_add(tf.ones(3, value.dtype))

    assert set(traced(write, "float32")) == {7}
    assert set(traced(write, "bfloat16")) == set()


def test_nothing_is_known_outside_of_a_graph():
    variable = keras.Variable(np.ones(3))
    updates = Updates({0: variable})
    variable.value.assign_add([1.0, 1.0, 1.0])
    assert updates.added() == {}


@pytest.mark.parametrize("in_a_graph", [False, True])
def test_the_value_of_now_stays_when_the_variable_is_written(in_a_graph):
    variable = keras.Variable(np.ones(3))

    def step():
        value = value_of(variable)
        variable.value.assign_add([1.0, 1.0, 1.0])
        return value + 0

    np.testing.assert_array_equal(tf.function(step)() if in_a_graph else step(), np.ones(3))
