"""A verdict covers what was looked at: a program that is broken is never called healthy."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_gradwatch import diagnose

X = np.random.default_rng(0).normal(size=(16, 8)).astype("float32")
Y = np.random.default_rng(1).normal(size=(16, 1)).astype("float32")


class OwnStep(keras.Model):
    """A train step of the user's own, which needs no loss in `compile`, and raises."""

    def train_step(self, *args):
        raise RuntimeError("my own mistake")


def model_of(*hidden, loss="mse"):
    model = keras.Sequential([keras.Input((8,)), *hidden, layers.Dense(1)])
    model.compile("adam", loss)
    return model


def frozen():
    model = model_of(layers.Dense(4))
    model.trainable = False
    model.compile("adam", "mse")
    return model


def own_step():
    inputs = keras.Input((8,))
    model = OwnStep(inputs, layers.Dense(1)(inputs))
    model.compile("adam")
    return model


def late_layer():
    """A layer that raises in the step only: a functional model calls it when it is made."""

    class Late(layers.Layer):
        raises = False

        def call(self, x):
            if self.raises:
                raise AttributeError("lost attribute")
            return x

    late = Late()
    model = model_of(late)
    late.raises = True
    return model


BROKEN = {
    "labels of another length": (model_of, X, Y[:5]),
    "inputs of another width": (model_of, X[:, :3], Y),
    "no targets": (model_of, X, None),
    "two targets for one output": (model_of, X, [Y, Y]),
    "a layer raises": (late_layer, X, Y),
    "the step raises": (own_step, X, Y),
    "no loss": (lambda: model_of(loss=None), X, Y),
    "all weights frozen": (frozen, X, Y),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_program_is_not_healthy(name):
    build, x, y = BROKEN[name]
    diagnosis = diagnose(build(), x, y)
    assert diagnosis.verdict == "unhealthy"
    assert not diagnosis.healthy
    assert "Healthy" not in str(diagnosis)


@pytest.mark.filterwarnings("ignore")
def test_a_step_that_raises_names_the_line_of_the_user():
    (finding,) = diagnose(own_step(), X, Y).findings
    assert (finding.symptom, finding.cause) == ("raises", "step-raises")
    assert finding.location.text == 'raise RuntimeError("my own mistake")'
    assert "RuntimeError: my own mistake" in finding.message


@pytest.mark.filterwarnings("ignore")
def test_only_a_missing_loss_is_told_as_one():
    (finding,) = diagnose(model_of(loss=None), X, Y).findings
    assert (finding.symptom, finding.cause) == ("missing", "no-loss")


def test_a_healthy_model_is_called_so_with_the_number_of_its_weights():
    diagnosis = diagnose(model_of(layers.Dense(4, activation="tanh")), X, Y)
    assert diagnosis.verdict == "healthy"
    assert str(diagnosis).startswith("Healthy: all 4 trainable weights")


def test_nan_in_the_batch_is_told_by_its_row():
    x = X.copy()
    x[3, 1] = np.nan
    diagnosis = diagnose(model_of(layers.Dense(4)), x, Y)
    assert {f.symptom for f in diagnosis.findings} == {"non-finite"}
    assert "1 rows, the first is 3" in diagnosis.findings[0].explanation


def test_a_cut_is_told_as_such():
    model = model_of(layers.Dense(4), layers.Lambda(lambda x: ops.cast(x > 0, "float32")))
    assert diagnose(model, X, Y).verdict == "unhealthy"
