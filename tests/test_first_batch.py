"""On the first sampled batch `fit` says what no gradient shows, and changes nothing by it."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_gradwatch import GradientWarning, GradientWatch

X = np.random.default_rng(0).normal(size=(32, 6)).astype("float32")
Y = np.random.default_rng(1).normal(size=(32, 1)).astype("float32")


class Holder:
    """A plain object: Keras does not look into it."""

    def __init__(self):
        self.scale = keras.Variable(np.ones(1, "float32"), name="scale")


class Scaled(layers.Layer):
    """Reads a variable that nobody trains."""

    def __init__(self):
        super().__init__()
        self.holder = Holder()

    def call(self, x):
        return x * self.holder.scale


class Promising(layers.Layer):
    """Gives twice as many columns as it declares."""

    def call(self, x):
        return keras.ops.concatenate([x, x], axis=-1)

    def compute_output_shape(self, shape):
        return shape


def fit(layer, **options):
    keras.utils.set_random_seed(4)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(1), layer])
    model.compile("adam", "mse")
    watch = GradientWatch(**options)
    model.fit(X, Y, batch_size=8, verbose=0, callbacks=[watch])
    return watch, model.get_weights()


@pytest.mark.parametrize(("layer", "cause"), [(Scaled, "untracked"), (Promising, "shape-contract")])
def test_it_is_warned_of_once_and_stands(layer, cause):
    with pytest.warns(GradientWarning) as caught:
        watch, _ = fit(layer())
    assert [finding.cause for finding in watch.findings if finding.is_loud] == [cause]
    assert len([w for w in caught if w.category is GradientWarning]) == 1


@pytest.mark.filterwarnings("error::keras_gradwatch.GradientWarning")
def test_without_explain_nothing_is_searched():
    watch, _ = fit(Promising(), explain=False)
    assert watch.findings == []


@pytest.mark.filterwarnings("ignore::keras_gradwatch.GradientWarning")
def test_the_training_stays_bit_for_bit_the_same():
    (_, searched), (_, plain) = fit(Promising()), fit(Promising(), explain=False)
    for one, other in zip(searched, plain, strict=True):
        np.testing.assert_array_equal(one, other)
