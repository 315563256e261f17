"""The distance is the plain square root of a sum of squares; for a pair that is twice the same shell it is sqrt(0), whose derivative is infinite and turns every gradient into NaN.
Source: http://ddrv.cn/?p=758668
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["ribs", "whorl"]
NEEDS_TRAINING = False
FIT_RAISES = False


class ShellGap(layers.Layer):
    def call(self, pair):
        left, right = pair
        squared = ops.sum(ops.square(left - right), axis=-1, keepdims=True)
        return ops.sqrt(squared)  # BLAME

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], 1)


def same_species_loss(same, gap):
    near = same * gap
    far = (1.0 - same) * ops.maximum(2.0 - gap, 0.0)
    return ops.mean(near + far)


def build():
    keras.utils.set_random_seed(531)
    tower = keras.Sequential(
        [
            keras.Input((9,)),
            layers.Dense(12, activation="tanh", name="ribs"),
            layers.Dense(4, use_bias=False, name="whorl"),
        ],
        name="shell_tower",
    )
    one = keras.Input((9,), name="one")
    two = keras.Input((9,), name="two")
    gap = ShellGap(name="shell_gap")([tower(one), tower(two)])
    model = keras.Model([one, two], gap)
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss=same_species_loss)
    rng = np.random.default_rng(531)
    a = rng.normal(size=(48, 9)).astype("float32")
    b = rng.normal(size=(48, 9)).astype("float32")
    same = (np.arange(48) % 2 == 0).astype("float32")[:, None]
    b = np.where(same > 0, a + 0.1 * b, b).astype("float32")
    b[::8] = a[::8]
    return model, [a, b], same
