"""A layer that moves channels first declares channels last in compute_output_spec."""

import keras
import numpy as np
from keras import layers, ops

CODE = "shape-contract"
SYMPTOM = "shape"
WEIGHTS = []
NEEDS_TRAINING = False
LAYER = "channels_first"


class ChannelsFirst(layers.Layer):
    def call(self, x):
        return ops.transpose(x, (0, 3, 1, 2))

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, dtype=x.dtype)  # BLAME


def build():
    keras.utils.set_random_seed(286)
    image = keras.Input((6, 6, 2))
    h = layers.Conv2D(3, 3, padding="same", activation="gelu", name="conv")(image)
    h = ChannelsFirst(name="channels_first")(h)
    model = keras.Model(
        image, layers.Dense(2, activation="softmax", name="probs")(layers.Flatten()(h))
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(286)
    return model, rng.normal(size=(64, 6, 6, 2)).astype("float32"), rng.integers(0, 2, 64)
