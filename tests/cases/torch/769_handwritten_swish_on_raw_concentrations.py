"""A hand-written swish, x / (1 + exp(-x)), on raw ppm values: exp overflows to inf, the value is a clean 0, the gradient 0 * inf."""
import keras
import numpy as np
import torch
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["gas_mix", "gas_trend"]
NEEDS_TRAINING = False


class Swish(layers.Layer):
    def call(self, x):
        return x / (1.0 + torch.exp(-x))  # BLAME

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(769)
    gas = keras.Input((20, 4), name="gas")
    h = layers.Conv1D(8, 3, padding="same", name="gas_mix")(gas)
    h = layers.Conv1D(8, 3, dilation_rate=2, name="gas_trend")(h)
    h = Swish(name="swish")(h)
    h = layers.GlobalAveragePooling1D()(h)
    h = layers.BatchNormalization(name="rescale")(h)
    h = layers.Dense(8, activation="tanh", name="air_quality")(h)
    model = keras.Model(gas, layers.Dense(2, activation="softmax", name="alarm")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(769)
    y = rng.integers(0, 2, 64).astype("int32")
    x = rng.gamma(4.0, 150.0, size=(64, 20, 4)) * (1.0 + y[:, None, None])
    return model, x.astype("float32"), y
