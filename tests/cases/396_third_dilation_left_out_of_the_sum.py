"""Three dilated convolutions over a river gauge are computed, but the middle one is concatenated twice and the widest one is dropped.

Source: https://github.com/3D-MRI-Tissue-Segmentation/knee-segmentation/issues/43
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["dilated_wide"]
NEEDS_TRAINING = False


class DilatedPyramid(layers.Layer):
    """the same window seen at three time scales"""

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.narrow = layers.Conv1D(filters, 3, padding="causal", dilation_rate=1, name="dilated_narrow")
        self.middle = layers.Conv1D(filters, 3, padding="causal", dilation_rate=2, name="dilated_middle")
        self.wide = layers.Conv1D(filters, 3, padding="causal", dilation_rate=4, name="dilated_wide")
        self.mix = layers.Conv1D(filters, 1, name="dilated_mix")

    def build(self, input_shape):
        for conv in (self.narrow, self.middle, self.wide):
            conv.build(input_shape)
        self.mix.build((*input_shape[:-1], 3 * self.narrow.filters))

    def call(self, series):
        near = tf.nn.elu(self.narrow(series))
        days = tf.nn.elu(self.middle(series))
        weeks = tf.nn.elu(self.wide(series))
        scales = tf.concat([near, days, days], axis=-1)  # BLAME
        return self.mix(scales)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.mix.filters)


def build():
    keras.utils.set_random_seed(396)
    model = keras.Sequential(
        [
            keras.Input((30, 2), name="gauge"),
            DilatedPyramid(6, name="pyramid"),
            layers.LayerNormalization(name="norm"),
            layers.GlobalAveragePooling1D(name="pool"),
            layers.Dense(8, activation="elu", name="hidden"),
            layers.Dense(1, name="level_tomorrow"),
        ]
    )
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(396)
    level = np.cumsum(rng.normal(size=(64, 31)), axis=1)
    rain = rng.gamma(1.0, size=(64, 30))
    x = np.stack([level[:, :30], rain], axis=-1).astype("float32")
    return model, x, level[:, 30:].astype("float32")
