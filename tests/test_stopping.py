"""What happens when a gradient is missing: the warning, the stop, the error."""

import keras
import models
import numpy as np
import pytest

from keras_gradwatch import GradientError, GradientWarning, GradientWatch

BACKEND = keras.backend.backend()

pytestmark = pytest.mark.filterwarnings("ignore:Gradients do not exist")


def test_missing_gradient_is_warned_of_once_after_the_first_batch_at_the_users_line():
    model, x, y = models.cut()
    watch = GradientWatch(every=1)
    with pytest.warns(GradientWarning, match="step/kernel") as caught:
        model.fit(x, y, batch_size=16, epochs=3, verbose=0, callbacks=[watch])
    ours = [warning for warning in caught if warning.category is GradientWarning]
    assert len(ours) == 1
    assert ours[0].filename == __file__
    assert "(8, 6)" in str(ours[0].message)
    (finding,) = watch.findings
    assert (finding.symptom, finding.step, finding.epoch) == ("missing", 0, 0)
    assert finding.weights == ("sequential/step/kernel",)


def test_stop_on_missing_stops_at_that_batch():
    model, x, y = models.cut()
    with pytest.warns(GradientWarning):
        model.fit(
            x, y, batch_size=16, epochs=3, verbose=0, callbacks=[GradientWatch(stop_on="missing")]
        )
    assert int(model.optimizer.iterations.numpy()) == 1


def test_raise_error_carries_the_findings():
    model, x, y = models.cut()
    watch = GradientWatch(stop_on=["missing", "zero"], raise_error=True)
    with pytest.raises(GradientError, match="step/kernel") as caught:
        model.fit(x, y, batch_size=16, verbose=0, callbacks=[watch])
    assert [finding.symptom for finding in caught.value.findings] == ["missing"]


@pytest.mark.skipif(BACKEND == "jax", reason="JAX trains on with zeros, and raises nothing")
def test_all_gradients_missing_explains_the_error_of_keras():
    model, x, y = models.all_cut()
    watch = GradientWatch()
    with pytest.raises(GradientError, match="step/kernel") as caught:
        model.fit(x, y, verbose=0, callbacks=[watch])
    own = "does not require grad" if BACKEND == "torch" else "No gradients provided for any"
    assert own in str(caught.value.__cause__)
    assert [finding.symptom for finding in watch.findings] == ["missing"]


class Bursts(keras.layers.Layer):
    """Gives NaN where the sum of a row is above a limit: the division is by exactly zero there."""

    def call(self, x):
        total = keras.ops.sum(x, axis=-1, keepdims=True)
        return x * keras.ops.sqrt(1e6 - total)


@pytest.mark.parametrize("every", [1, 10])
@pytest.mark.parametrize("jit_compile", [False] if BACKEND == "torch" else [False, True])
@pytest.mark.filterwarnings("ignore::keras_gradwatch.GradientWarning")
def test_non_finite_stops_with_the_last_good_weights(every, jit_compile):
    x = np.ones((64, 4), "float32")
    x[40:] = 1e6  # In the third batch of 16.
    y = np.zeros((64, 1), "float32")

    def build():
        keras.utils.set_random_seed(5)
        model = keras.Sequential(
            [keras.Input((4,)), Bursts(), keras.layers.Dense(3), keras.layers.Dense(1)]
        )
        model.compile(keras.optimizers.Adam(), "mse", jit_compile=jit_compile)
        return model

    good = build()
    good.fit(x[:32], y[:32], batch_size=16, shuffle=False, verbose=0)
    model = build()
    watch = GradientWatch(every=every, stop_on="non-finite")
    model.fit(x, y, batch_size=16, epochs=3, shuffle=False, verbose=0, callbacks=[watch])
    assert "non-finite" in {finding.symptom for finding in watch.findings}
    assert int(model.optimizer.iterations.numpy()) == 2
    kept = [v.numpy() for v in (*model.weights, *model.optimizer.variables)]
    expected = [v.numpy() for v in (*good.weights, *good.optimizer.variables)]
    for one, other in zip(kept, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_healthy_model_is_not_warned_of():
    for build in models.HEALTHY:
        model, x, y = models.eagerly(build)()
        watch = GradientWatch(every=1)
        model.fit(x, y, batch_size=16, epochs=3, verbose=0, callbacks=[watch])
        assert [finding for finding in watch.findings if finding.is_loud] == []
