"""What a finding says would happen otherwise is what happens otherwise."""

import re

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_gradwatch import diagnose
from keras_gradwatch.backends import backend


class Dense(layers.Layer):
    """A matrix product, and a function of it."""

    def __init__(self, function, **options):
        super().__init__(**options)
        self.function = function

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 4), name="kernel")

    def call(self, x):
        return self.function(ops.matmul(x, self.kernel))


def straight_through(function):
    return lambda h: h + ops.stop_gradient(function(h) - h)


def model_with(function):
    keras.utils.set_random_seed(5)
    model = keras.Sequential([keras.Input((5,)), Dense(function), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def batch():
    rng = np.random.default_rng(1)
    return rng.normal(size=(16, 5)).astype("float32"), rng.normal(size=(16, 1)).astype("float32")


def checks(model):
    return [finding.evidence.get("check") for finding in diagnose(model, *batch()).findings]


def gradient_norm(model):
    """Norm of the gradient that the first kernel gets."""
    x, y = batch()
    data = ops.convert_to_tensor(x), ops.convert_to_tensor(y)
    recording = backend().record(model, data)
    backward = recording.backward[0]
    gradient = backward.gradient_of(backward.weights[0])
    return float(np.linalg.norm(gradient))


STEPS = {
    "comparison": lambda h: ops.cast(h > 0, "float32"),
    "sign": ops.sign,
    "stop_gradient": ops.stop_gradient,
}


@pytest.mark.parametrize("name", STEPS)
def test_the_norm_is_that_of_a_straight_through_estimator(name):
    (check,) = checks(model_with(STEPS[name]))
    expected = gradient_norm(model_with(straight_through(STEPS[name])))
    said = (
        f"with a slope of 1 there, sequential/dense/kernel gets a gradient of norm {expected:.3g}"
    )
    assert _without_counter(check) == said


def test_what_stops_the_gradient_behind_the_first_cut_is_named_as_well():
    (check,) = checks(model_with(lambda h: ops.stop_gradient(2.0 * ops.round(h))))
    assert "round" in check
    assert "still stops the gradient at test_intervention.py" in check


def test_a_value_that_is_dropped_would_give_a_gradient():
    def forgets(h):
        ops.tanh(h)
        return ops.ones((16, 4))

    (check,) = checks(model_with(forgets))
    assert check.startswith("with a gradient of 1 for what is dropped, ")


class Kept(layers.Layer):
    """A layer in a plain object: the model does not know it."""

    def __init__(self):
        super().__init__()
        self.kept = type("Kept", (), {})()
        self.kept.dense = layers.Dense(4)

    def call(self, x):
        return self.kept.dense(x)


def test_an_untracked_weight_has_a_gradient_that_nobody_asks_for():
    model = keras.Sequential([keras.Input((5,)), Kept(), layers.Dense(1)])
    model.compile("sgd", "mse")
    found = [f for f in diagnose(model, *batch()).findings if f.cause == "untracked"]
    assert found
    assert all(f.evidence["check"].startswith("the loss has a gradient of norm") for f in found)


def test_a_gradient_that_cannot_be_put_in_costs_the_check_only(monkeypatch):
    def raises(self, value, gradient):
        raise RuntimeError("no such edge")

    monkeypatch.setattr("keras_gradwatch.recording.graph.Backward.put_in", raises)
    (finding,) = diagnose(model_with(STEPS["comparison"]), *batch()).findings
    assert finding.cause == "non-differentiable"
    assert "check" not in finding.evidence


def test_the_check_is_printed():
    (finding,) = diagnose(model_with(STEPS["comparison"]), *batch()).findings
    assert f"\n  check    {finding.evidence['check']}\n" in str(finding)


def _without_counter(text):
    """A second model of a process is called `sequential_1`."""
    return re.sub(r"_\d+/", "/", text)
