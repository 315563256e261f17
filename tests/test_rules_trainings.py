"""Small real trainings: faults that rules once missed or misnamed, and healthy ones beside them."""

import warnings

import keras
import numpy as np
import pytest
from keras import layers, ops, optimizers

from keras_gradwatch import GradientWatch
from keras_gradwatch.findings import GradientWarning

NOISE = np.random.default_rng(0).normal(size=(256, 8)).astype("float32")
SUM = NOISE.sum(axis=1, keepdims=True)


def train(model, x, y, epochs=4):
    """The findings that were loud, withdrawn or not, and how many warnings there were."""
    watch = GradientWatch(every=4, explain=False, histograms=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(x, y, batch_size=16, epochs=epochs, verbose=0, callbacks=[watch])
    count = sum(issubclass(one.category, GradientWarning) for one in caught)
    found = [*watch.findings, *watch.withdrawn]
    return [finding for finding in found if finding.is_loud], count


def network(*stack, optimizer="adam", loss="mse", inputs=(8,)):
    model = keras.Sequential([keras.Input(inputs), *stack])
    model.compile(optimizer, loss)
    model.optimizer.build(model.trainable_variables)  # So that TensorFlow traces once.
    return model


def test_a_linear_fit_that_grows_until_its_norm_overflows():
    model = network(layers.Dense(1), optimizer=optimizers.SGD(0.1))
    found, warned = train(model, 10 * NOISE, 10 * SUM)
    assert set.union(*(f.symptoms for f in found)) >= {"non-finite"}
    assert warned <= 2


def test_steps_far_too_large_for_a_linear_network():
    stack = [layers.Dense(32) for _ in range(3)]
    model = network(*stack, layers.Dense(1), optimizer=optimizers.Adam(0.1))
    found, warned = train(model, 100 * NOISE, SUM)
    assert (found[0].symptom, warned) == ("exploding", 1)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
def test_targets_that_no_step_can_reach(optimizer):
    def model():
        return network(layers.Dense(32, "relu"), layers.Dense(1), optimizer=optimizer)

    (finding,), warned = train(model(), NOISE, 1e8 * SUM)
    assert (finding.symptom, warned) == ("frozen", 1)
    assert "targets are too large" in finding.explanation
    assert train(model(), NOISE, SUM) == ([], 0)


def test_twelve_sigmoid_layers_of_five_units():
    stack = [layers.Dense(5, "sigmoid") for _ in range(12)]
    found, warned = train(network(*stack, layers.Dense(1)), NOISE, SUM)
    assert (found[0].symptom, warned) == ("vanishing", 1)


def attention(scale):
    """Attention over the eight numbers of a row, as eight vectors of one number and its place."""
    inputs = keras.Input((8, 16))
    query, key, value = (layers.Dense(16, name=name)(inputs) for name in ("query", "key", "value"))
    scores = ops.matmul(query * scale, ops.transpose(key, (0, 2, 1)))
    outputs = layers.Dense(1)(layers.Flatten()(ops.matmul(ops.softmax(scores), value)))
    model = keras.Model(inputs, outputs)
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def test_the_gradient_behind_attention_that_is_one_hot():
    x = np.random.default_rng(1).normal(size=(256, 8, 16)).astype("float32")
    (finding,), warned = train(attention(300.0), x, SUM)
    assert (finding.symptom, warned) == ("vanishing", 1)
    assert set(finding.weights) <= {"query/kernel", "key/kernel"}
    assert train(attention(0.25), x, SUM) == ([], 0)


class Penalized(layers.Layer):
    """A rectified layer whose penalty comes by `add_loss`."""

    def __init__(self, bias):
        super().__init__()
        self.dense = layers.Dense(16, "relu", bias_initializer=keras.initializers.Constant(bias))

    def build(self, shape):
        self.dense.build(shape)

    def call(self, x):
        self.add_loss(1e-3 * ops.sum(ops.square(self.dense.kernel)))
        return self.dense(x)


def test_a_penalty_by_add_loss_does_not_hide_that_no_gradient_arrives():
    found, _ = train(network(Penalized(-30.0), layers.Dense(1)), NOISE, SUM)
    (hidden,) = [f for f in found if "penalty" in f.message]
    assert hidden.symptom == "zero"
    assert [path for path in hidden.weights if path.endswith("dense/kernel")]
    assert train(network(Penalized(0.0), layers.Dense(1)), NOISE, SUM) == ([], 0)


def short(dtype, optimizer):
    """A network whose weights are short numbers."""
    return network(
        layers.Dense(16, "relu", dtype=dtype), layers.Dense(1, dtype=dtype), optimizer=optimizer
    )


def test_bfloat16_weights_stand_still_for_two_reasons():
    (finding,), _ = train(short("bfloat16", optimizers.Adam(1e-3)), NOISE, SUM)
    assert "beta_2=0.999 of Adam is rounded to 1" in finding.message
    (finding,), _ = train(short("bfloat16", optimizers.SGD(1e-10)), NOISE, SUM)
    assert "rounding of bfloat16" in finding.message
    assert train(short("mixed_bfloat16", optimizers.Adam(1e-3)), NOISE, SUM) == ([], 0)


def test_a_learning_rate_of_0_and_one_that_ends_there():
    (finding,), _ = train(network(layers.Dense(1), optimizer=optimizers.SGD(0.0)), NOISE, SUM)
    assert "the learning rate is 0" in finding.message
    ends = optimizers.schedules.PolynomialDecay(0.1, 32, 0.0)
    assert train(network(layers.Dense(1), optimizer=optimizers.SGD(ends)), NOISE, SUM) == ([], 0)


def test_a_training_that_has_converged_is_left_in_peace_in_a_second_fit_too():
    model = network(layers.Dense(1), optimizer=optimizers.SGD(0.1))
    for _ in range(2):
        assert train(model, NOISE, SUM, epochs=20) == ([], 0)
