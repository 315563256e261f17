"""A diagnosis leaves a model bit for bit as it was."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from keras_gradwatch import diagnose
from keras_gradwatch.diagnosis import explain, explain_error
from keras_gradwatch.findings import Finding

X = np.random.default_rng(0).normal(size=(16, 8)).astype("float32")
Y = np.random.default_rng(1).normal(size=(16, 1)).astype("float32")


def build(**options):
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(16, name="hidden"),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(1),
        ]
    )
    model.compile("adam", "mse", metrics=["mae"], **options)
    return model


def state(model):
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    return [variable.numpy() for variable in variables]


def attributes(model):
    owners = [model, model.optimizer, *model.layers]
    return [sorted(vars(owner)) for owner in owners]


def ask_diagnose(model):
    diagnose(model, X, Y)


def ask_explain(model):
    finding = Finding("zero", weights=("hidden/kernel",))
    explain(model, (tf.constant(X), tf.constant(Y)), [finding])


def ask_explain_error(model):
    explain_error(model, (tf.constant(X), tf.constant(Y)), ValueError("something else"))


ASKED = pytest.mark.parametrize("ask", [ask_diagnose, ask_explain, ask_explain_error])


@pytest.fixture(scope="module", params=[{}, {"run_eagerly": True}, {"jit_compile": True}], ids=str)
def trained(request):
    """A model that each question is to leave as it was."""
    model = build(**request.param)
    model.fit(X, Y, verbose=0)
    return model


@pytest.mark.xdist_group("trained")
@ASKED
def test_the_state_is_the_same(ask, trained):
    model = trained
    before, named = state(model), attributes(model)
    ask(model)
    assert attributes(model) == named
    for old, new in zip(before, state(model), strict=True):
        np.testing.assert_array_equal(old, new)


@ASKED
def test_the_training_that_follows_is_the_same(ask):
    plain, asked = build(), build()
    keras.utils.set_random_seed(7)
    expected = plain.fit(X, Y, epochs=2, verbose=0).history
    keras.utils.set_random_seed(7)
    ask(asked)
    assert asked.fit(X, Y, epochs=2, verbose=0).history == expected


def test_an_error_in_the_step_leaves_the_model_alone():
    class Raises(layers.Layer):
        def call(self, x):
            raise RuntimeError("a fault of the user's")

    model = keras.Sequential([layers.Dense(4), Raises()])
    model.compile("sgd", "mse")
    diagnose(model, X, Y)
    assert not tf.config.functions_run_eagerly()


def test_a_model_must_be_compiled():
    with pytest.raises(ValueError, match=r"`model` must be compiled: call .* Received: model="):
        diagnose(keras.Sequential([layers.Dense(1)]), X, Y)
