"""A diagnosis is bounded: a step that is too large is said to be so, and nothing is left behind."""

import keras
import pytest
import tensorflow as tf
from keras import layers

from keras_gradwatch import diagnose
from keras_gradwatch.recording import recording


@pytest.fixture
def model():
    model = keras.Sequential([keras.Input((8,)), *(layers.Dense(8) for _ in range(20))])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize(("name", "limit"), [("LARGEST_STEP", 30), ("LARGEST_MEMORY", 2000)])
def test_a_step_over_the_limit_is_not_searched(model, monkeypatch, name, limit):
    monkeypatch.setattr(recording, name, limit)
    before = [v.numpy() for v in model.variables]
    diagnosis = diagnose(model, tf.ones((4, 8)), tf.ones((4, 8)))
    assert not diagnosis.findings
    assert diagnosis.verdict == "inconclusive"
    assert "not looked at: The step is too large" in str(diagnosis)
    assert all((a == v.numpy()).all() for a, v in zip(before, model.variables, strict=True))
    assert not tf.config.functions_run_eagerly()


def test_a_step_under_the_limit_is_searched(model):
    diagnosis = diagnose(model, tf.ones((4, 8)), tf.ones((4, 8)))
    assert set(diagnosis.coverage.values()) == {"looked at"}
