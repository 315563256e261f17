"""The private names of Keras on TensorFlow are there, and do what they are needed for."""

import inspect

import keras
import numpy as np
import pytest

if keras.backend.backend() != "tensorflow":
    pytest.skip("about TensorFlow", allow_module_level=True)

from keras import layers

from keras_gradwatch.backends.tensorflow import private


@pytest.fixture
def model():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    model.compile("adam", "mse", metrics=["mae"])
    return model


def test_all_names_are_there():
    assert all(hasattr(private, name) for name in private.__all__)


def test_build_makes_the_variables_of_optimizer_and_metrics(model):
    assert "data_batch" in inspect.signature(model._symbolic_build).parameters
    before = [np.copy(weight) for weight in model.get_weights()]
    private.build(model, (keras.KerasTensor((4, 3)), keras.KerasTensor((4, 2))))
    assert model.optimizer.built
    assert len(model.metrics_variables) > 2
    assert all(map(np.array_equal, before, model.get_weights()))


def test_the_layers_of_a_model_are_found_with_it(model):
    assert private.layers_in(model)[0] is model
    assert model.layers[-1] in private.layers_in(model)
