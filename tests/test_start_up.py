"""What a first step makes is made once: a watched training begins as fast as it can."""

import keras
import numpy as np
import pytest

from keras_gradwatch import GradientWatch

X = np.random.default_rng(0).normal(size=(24, 4)).astype("float32")
Y = X[:, :1]


class Counting(keras.layers.Dense):
    """Counts how often it is called: once for each time that a step is traced."""

    calls = 0

    def call(self, x, training=None):
        Counting.calls += bool(training)
        return super().call(x)


class StepOfItsOwn(keras.Sequential):
    """Trains its last layer only."""

    def train_step(self, data):
        import tensorflow as tf

        x, y = data
        with tf.GradientTape() as tape:
            loss = keras.ops.mean((self(x, training=True) - y) ** 2)
        weights = self.layers[-1].trainable_variables
        self.optimizer.apply(tape.gradient(loss, weights), weights)
        return {"loss": loss}


def train(*callbacks, kind=keras.Sequential):
    """Trains a model, and returns it with the number of its traces."""
    keras.utils.clear_session()  # Names begin anew.
    keras.utils.set_random_seed(0)
    model = kind([keras.Input((4,)), Counting(3), keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=None if kind is StepOfItsOwn else ["mae"])
    Counting.calls = 0
    model.fit(X, Y, batch_size=8, verbose=0, callbacks=list(callbacks))
    return model, Counting.calls


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the others make them first")
def test_a_watched_step_is_traced_once():
    assert train(GradientWatch(every=1, explain=False))[1] == 1


@pytest.mark.parametrize("kind", [keras.Sequential, StepOfItsOwn])
def test_the_variables_are_those_of_a_training_without_a_watch(kind):
    if kind is StepOfItsOwn and keras.backend.backend() != "tensorflow":
        pytest.skip("the step is written for TensorFlow")
    plain, _ = train(kind=kind)
    watched, _ = train(GradientWatch(every=2), kind=kind)
    for of in (lambda m: m.optimizer.variables, lambda m: m.metrics_variables):
        assert [(v.path, v.shape) for v in of(watched)] == [(v.path, v.shape) for v in of(plain)]
        for one, other in zip(of(watched), of(plain), strict=True):
            np.testing.assert_array_equal(one, other)
