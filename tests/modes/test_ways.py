"""Wherever `fit` works the watch works: nothing is changed, and what is measured is true."""

import warnings

import keras
import numpy as np
import pytest
import reference
import ways

from keras_gradwatch import GradientWatch

BACKEND = keras.backend.backend()

# Variables of Keras on JAX are older than the keyword that NumPy 2 asks for.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def train(way, callbacks):
    keras.utils.clear_session(free_memory=False)  # Names of layers count from one again.
    keras.utils.set_random_seed(11)
    model, arguments = way()
    history = model.fit(**arguments, epochs=2, verbose=0, callbacks=callbacks)
    variables = (*model.variables, *model.optimizer.variables)
    return model, history.history, [variable.numpy() for variable in variables]


def runs_here(way):
    """XLA is a compiler of TensorFlow and JAX; the loop of torch takes one step at a time."""
    absent = {"torch": (ways.compiled_by_xla, ways.seven_steps_per_execution)}
    return way not in absent.get(BACKEND, ())


# Each of these goes through the same code as another way.
SLOW = (
    ways.loss_scale_factor,
    ways.global_clipnorm,
    ways.clipvalue,
    ways.moving_average,
    ways.weight_constraint,
    ways.class_weight,
    ways.sample_weight,
    ways.validation,
    ways.python_data_set,
    ways.quantized,
)


def parameter(way):
    return pytest.param(way, id=way.__name__, marks=[pytest.mark.slow] if way in SLOW else [])


@pytest.mark.parametrize("way", [parameter(way) for way in ways.EVERYWHERE if runs_here(way)])
def test_training_is_bit_identical_and_watched(way, tmp_path):
    _, plain_history, plain = train(way, [])
    watch = GradientWatch(tmp_path, every=2, csv=tmp_path / "gradients.csv")
    model, history, watched = train(way, [watch])
    assert history == plain_history
    for one, other in zip(plain, watched, strict=True):
        np.testing.assert_array_equal(one, other)
    assert set(watch.coverage.watched) == {weight.path for weight in model.trainable_weights}
    assert len(watch.to_pandas()) > 0
    assert [finding for finding in watch.findings if finding.is_loud] == []


OPTIMIZERS = {
    "plain": {},
    "clipnorm": {"clipnorm": 1e-3},
    "global_clipnorm": {"global_clipnorm": 1e-3},
    "clipvalue": {"clipvalue": 1e-4},
    "loss_scale_factor": {"loss_scale_factor": 1024.0},
    "gradient_accumulation": {"gradient_accumulation_steps": 2},
    "moving_average": {"use_ema": True},
}


def small_model(optimizer, **arguments):
    keras.utils.set_random_seed(11)
    model = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(12, activation="tanh"), keras.layers.Dense(3)]
    )
    return ways.ready(ways.compiled(model, optimizer, **arguments))


def assert_first_norms_are_true(model):
    x, y = ways.data()
    expected = [np.linalg.norm(g) for g in reference.gradients(model, x, y)]
    watch = GradientWatch()
    model.fit(x, y, batch_size=ways.ROWS, verbose=0, callbacks=[watch])
    table = watch.to_pandas()
    assert list(table.weight) == [weight.path for weight in model.trainable_weights]
    np.testing.assert_allclose(table.norm, expected, rtol=2e-4)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_norms_are_of_the_gradient_before_clipping_and_without_loss_scale(name):
    assert_first_norms_are_true(small_model(keras.optimizers.SGD(0.1, **OPTIMIZERS[name])))


def test_norms_with_a_loss_scale_optimizer():
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), initial_scale=4096.0)
    assert_first_norms_are_true(small_model(scaled))


@pytest.mark.skipif(BACKEND == "torch", reason="torch runs eagerly")
@pytest.mark.parametrize("mode", [{"jit_compile": True}, {"run_eagerly": True}], ids=str)
def test_norms_by_mode(mode):
    assert_first_norms_are_true(small_model(keras.optimizers.SGD(0.1), **mode))


def test_overflow_of_the_loss_scale_is_no_alarm():
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), initial_scale=2.0**127)
    model = small_model(scaled)
    watch = GradientWatch(every=1)
    x, y = ways.data()
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        model.fit(x * 100, y, batch_size=ways.BATCH, verbose=0, callbacks=[watch])
    assert watch.to_pandas().nonfinite.sum() > 0
    assert [finding for finding in watch.findings if finding.is_loud] == []


def test_layer_unfrozen_between_two_fits():
    model, arguments = ways.frozen_layer()
    watch = GradientWatch(every=1)
    model.fit(**arguments, verbose=0, callbacks=[watch])
    before = len(watch.coverage.watched)
    model.layers[0].trainable = True
    ways.compiled(model)
    model.fit(**arguments, verbose=0, callbacks=[watch])
    assert len(watch.coverage.watched) == before + 2
