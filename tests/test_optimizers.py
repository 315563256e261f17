"""What records and weights know of the optimizer: its learning rate of now, and its settings."""

import keras
import numpy as np
import pytest
from keras import optimizers

from keras_gradwatch import GradientWatch, Output
from keras_gradwatch.optimizers import Settings, idle_apply, settings_of


def test_settings_are_those_that_decide_how_far_a_weight_moves():
    adam = optimizers.Adam(epsilon=1e-5, clipvalue=0.5)
    assert settings_of(adam) == Settings("Adam", floor=1e-5, clip=0.5, beta_2=0.999)
    assert settings_of(optimizers.SGD()) == Settings("SGD")
    # The epsilon is added to the square of the gradient.
    assert settings_of(optimizers.RMSprop(epsilon=1e-8)).floor == pytest.approx(1e-4)
    assert settings_of(optimizers.LossScaleOptimizer(adam)) == settings_of(adam)


@pytest.mark.parametrize("is_built", [True, False])
@pytest.mark.parametrize("scaled", [True, False])
def test_an_update_that_is_not_made_raises_for_the_variables_that_keras_would_not_take(
    is_built, scaled
):
    first, second = (keras.Variable(np.ones(2), dtype="float32") for _ in range(2))
    adam = optimizers.LossScaleOptimizer(optimizers.Adam()) if scaled else optimizers.Adam()
    if is_built:
        adam.build([first])
    apply = idle_apply(adam)
    apply([np.ones(2)], [first])
    apply([np.ones(2)], [first])
    with pytest.raises(ValueError, match="Unknown variable"):
        apply([np.ones(2)], [second])
    assert first.numpy().tolist() == [1, 1]


def test_an_optimizer_that_is_built_updates_its_variables_in_parts():
    first, second = (keras.Variable(np.ones(2), dtype="float32") for _ in range(2))
    adam = optimizers.Adam()
    adam.build([first, second])
    apply = idle_apply(adam)
    apply([np.ones(2)], [first])
    apply([np.ones(2)], [second])


def test_what_fit_builds_an_optimizer_with_is_known():
    first, second = (keras.Variable(np.ones(2), dtype="float32") for _ in range(2))
    apply = idle_apply(optimizers.Adam(), [first, second])
    apply([np.ones(2)], [first])
    apply([np.ones(2)], [second])


class Kept(Output):
    """Keeps all records."""

    def __init__(self):
        self.records = []

    def write(self, record):
        self.records.append(record)


@pytest.mark.parametrize("scaled", [False, True])
def test_a_record_has_the_learning_rate_of_its_step(xy, scaled):
    schedule = optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)
    optimizer = optimizers.Adam(schedule)
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(3)])
    model.compile(optimizers.LossScaleOptimizer(optimizer, 1.0) if scaled else optimizer, "mse")
    kept = Kept()
    watch = GradientWatch(every=2, outputs=[kept])
    x, records = xy[0], kept.records
    model.fit(x, x[:, :3], batch_size=16, epochs=1, verbose=0, callbacks=[watch])
    assert [record.step for record in records] == [0, 2, 4]
    rates = np.array([record.learning_rate for record in records])
    np.testing.assert_allclose(rates, [[0.1] * 2, [0.025] * 2, [0.00625] * 2], rtol=1e-6)
    assert {weight.settings.kind for weight in records[0].weights} == {"Adam"}
    assert {weight.dtype for weight in records[0].weights} == {"float32"}
