"""A NaN is explained on the weights from before it, though no weights are held beside training."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_gradwatch import GradientWatch
from keras_gradwatch.backends import backend
from keras_gradwatch.monitor import explaining

EAGER = {} if keras.backend.backend() == "torch" else {"run_eagerly": True}
X = np.abs(np.random.default_rng(0).normal(size=(160, 4))).astype("float32")


class Logarithm(layers.Layer):
    """The logarithm of a weight that comes down from step to step, and falls below 0."""

    def build(self, shape):
        start = keras.initializers.Constant(0.5)
        self.scale = self.add_weight(shape=shape[-1:], initializer=start, name="scale")

    def call(self, x):
        return ops.sum(ops.log(self.scale) * x, axis=-1, keepdims=True)


def fit(watch, **options):
    keras.utils.set_random_seed(0)
    inner = [layers.BatchNormalization(), layers.Dense(4), Logarithm()]
    model = keras.Sequential([keras.Input((4,)), *inner])
    model.compile(keras.optimizers.SGD(0.05), lambda y, p: ops.mean(p), **options)
    model.fit(X, X[:, :1], batch_size=8, verbose=0, callbacks=[watch])
    return model


@pytest.mark.parametrize("options", [{}, EAGER], ids=["compiled", "eager"])
@pytest.mark.filterwarnings("ignore::keras_gradwatch.GradientWarning")
def test_the_line_is_named_that_was_fine_at_the_first_batch(monkeypatch, options):
    taken, rescued = [], []
    take, rescue = backend().snapshot, explaining._rescued

    def snapshot(*args):
        taken.append(take(*args))
        return taken[-1]

    def rescued_of(*args):
        rescued.append(rescue(*args))
        return rescued[-1]

    monkeypatch.setattr(backend(), "snapshot", snapshot)
    monkeypatch.setattr(explaining, "_rescued", rescued_of)
    watch = GradientWatch(every=1)
    model = fit(watch, **options)
    if not backend().rescues(model):
        pytest.skip("a step gives no values here")
    (finding,) = [one for one in watch.findings if one.location]
    assert finding.step > 0
    assert "ops.log(self.scale)" in finding.location.text
    assert len(taken) == 1  # Of the first batch, which is examined.
    values = {variable.name: np.asarray(value) for variable, value in rescued[0]}
    assert all(np.isfinite(value).all() for value in values.values())


@pytest.mark.filterwarnings("ignore::keras_gradwatch.GradientWarning")
def test_weights_that_are_lost_already_are_not_kept(monkeypatch):
    kept = []
    rescued = backend().rescued
    monkeypatch.setattr(backend(), "rescued", lambda *args: kept.append(rescued(*args)) or kept[-1])
    model = fit(GradientWatch(every=1, stop_on="zero"))
    if not backend().rescues(model):
        pytest.skip("a step gives no values here")
    assert sum(map(bool, kept)) == 1
