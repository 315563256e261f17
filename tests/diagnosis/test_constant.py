"""Operations that make the same of every row: the ways of the gradient cancel out."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_gradwatch import diagnose


class Centered(layers.Layer):
    """Takes the mean over a part of the axes away."""

    def __init__(self, axes, **kwargs):
        super().__init__(**kwargs)
        self.axes = axes

    def call(self, x):
        return x - ops.mean(x, axis=self.axes, keepdims=True)


NORMALIZATIONS = {
    "layer": lambda: layers.LayerNormalization(name="norm"),
    "group": lambda: layers.GroupNormalization(groups=1, name="norm"),
    "own": lambda: Centered(-1, name="norm"),
}


def diagnosed(norm, units):
    """A dense layer, and a normalization over its units."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(units, name="few"), norm(), layers.Dense(1, name="last")]
    )
    model.compile("sgd", "mse")
    rng = np.random.default_rng(0)
    return diagnose(model, rng.normal(size=(16, 4)), rng.normal(size=(16, 1)))


@pytest.mark.parametrize("norm", NORMALIZATIONS.values(), ids=NORMALIZATIONS)
def test_a_normalization_over_one_unit_is_no_healthy_layer(norm):
    found = diagnosed(norm, units=1)
    loud = [finding for finding in found.findings if finding.is_loud]
    assert [finding.cause for finding in loud] == ["zero-derivative"]
    assert "sequential/few/kernel" in loud[0].weights
    assert loud[0].layer.endswith("norm")


@pytest.mark.parametrize("norm", NORMALIZATIONS.values(), ids=NORMALIZATIONS)
def test_a_normalization_over_several_units_is_healthy(norm):
    assert diagnosed(norm, units=3).verdict == "healthy"


def test_a_mask_of_zeros_is_told_as_such():
    x, y = np.ones((16, 4)), np.ones((16, 1))
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Rescaling(0.0)])
    model.compile("sgd", "mse")
    assert {finding.cause for finding in diagnose(model, x, y).findings} == {"zero-signal"}
