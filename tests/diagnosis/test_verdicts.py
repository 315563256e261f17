"""A verdict covers what was looked at, and says so."""

import numpy as np
import pytest
from broken_programs import X, Y, model_of, own_step, raises
from keras import layers, ops

from keras_gradwatch import diagnose


@pytest.mark.filterwarnings("ignore")
def test_a_step_that_raises_names_the_line_of_the_user():
    (finding,) = diagnose(own_step(raises), X, Y).findings
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
