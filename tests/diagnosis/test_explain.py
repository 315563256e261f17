"""What the watch asks: the cause of findings that rules made, and of a step that raised."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from keras_gradwatch.diagnosis import explain, explain_error
from keras_gradwatch.findings import Finding

X = tf.constant(np.random.default_rng(0).normal(size=(16, 8)), "float32")
Y = tf.ones((16, 1))


def compiled(*hidden):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8,)), *hidden, layers.Dense(1, name="last")])
    model.compile("sgd", "mse")
    return model


def test_a_finding_gets_its_cause_and_keeps_when_it_was_seen():
    model = compiled(layers.Dense(4, name="first"), layers.Lambda(ops.round))
    path = [v.path for v in model.trainable_variables][:2]
    asked = Finding("missing", weights=tuple(path), step=7, epoch=2)
    (told,) = explain(model, (X, Y), [asked])
    assert (told.cause, told.op) == ("non-differentiable", "Round")
    assert (told.step, told.epoch, set(told.weights)) == (7, 2, set(path))


def test_what_the_batch_does_not_show_stays_as_it_was():
    model = compiled(layers.Dense(4, name="first"))
    paths = tuple(v.path for v in model.trainable_variables)
    asked = [Finding("vanishing", weights=paths[:1]), Finding("missing", weights=paths[2:3])]
    assert explain(model, (X, Y), asked) == asked


def test_dead_channels_are_counted_where_they_die():
    model = compiled(layers.Dense(4, activation="relu", name="first"))
    kernel, bias = model.layers[0].weights
    bias.assign([-100.0, 0.0, 0.0, -100.0])
    (told,) = explain(model, (X, Y), [Finding("dead-channels", weights=(kernel.path,))])
    assert (told.cause, told.op) == ("dead-activation", "Relu")
    assert (told.evidence["dead channels"], told.evidence["channels"]) == (2, 4)


def test_a_zero_that_did_not_heal_stays_as_loud_as_the_rule_found_it():
    model = compiled(layers.Dense(4, name="first"))
    model.get_layer("last").kernel.assign(np.zeros((4, 1)))
    kernel = model.layers[0].kernel.path
    (told,) = explain(model, (X, Y), [Finding("zero", severity="warning", weights=(kernel,))])
    assert (told.cause, told.severity) == ("zero-signal", "warning")


class TakesNumpy(layers.Layer):
    def call(self, x):
        return tf.constant(x.numpy()) * 2.0


def test_a_step_that_cannot_be_traced_is_explained():
    layer = TakesNumpy()
    model = keras.Sequential([layers.Dense(4), layer, layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises((AttributeError, NotImplementedError)) as raised:
        tf.function(layer)(X)
    found = explain_error(model, (X, Y), raised.value)
    assert [f.cause for f in found] == ["host-call"]
    assert found[0].location.text == "return tf.constant(x.numpy()) * 2.0"
