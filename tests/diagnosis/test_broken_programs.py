"""No program that is broken is called healthy: twenty-five kinds of them."""

import keras
import pytest
from broken_programs import KINDS, X, Y, model_of
from keras import layers

from keras_gradwatch import diagnose
from keras_gradwatch.recording import recording

INCONCLUSIVE = {"the step asks for no gradient"}
if keras.backend.backend() == "tensorflow":  # The others make NaN of it.
    INCONCLUSIVE.add("an empty batch")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_program_is_not_healthy(kind):
    build, x, y = KINDS[kind]
    diagnosis = diagnose(build(), x, y)
    assert not diagnosis.healthy
    assert diagnosis.verdict == ("inconclusive" if kind in INCONCLUSIVE else "unhealthy")
    assert "Healthy" not in str(diagnosis)


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="there an optimizer names no weights")
@pytest.mark.filterwarnings("ignore")
def test_an_optimizer_of_other_weights_is_told():
    model = model_of(layers.Dense(4))
    stranger = layers.Dense(4)
    stranger.build((None, 8))
    model.optimizer.build(stranger.trainable_variables)
    (finding,) = diagnose(model, X, Y).findings
    assert (finding.symptom, finding.cause) == ("raises", "step-raises")
    assert "Unknown variable" in finding.message


@pytest.mark.filterwarnings("ignore")
def test_a_step_that_is_too_large_is_inconclusive(monkeypatch):
    monkeypatch.setattr(recording, "LARGEST_STEP", 3)
    diagnosis = diagnose(model_of(), X, Y)
    assert diagnosis.verdict == "inconclusive"
    assert all("too large" in why for why in diagnosis.coverage.values())
