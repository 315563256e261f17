"""A port from TF1 passes keep_prob=1.0 to F.dropout, whose p is the share to DROP: the whole fused feature is zero in training."""
import keras
import numpy as np
import torch
import torch.nn.functional as F
from keras import layers

CODE = "zero-signal"
ALSO = ("zero-derivative",)
SYMPTOM = "zero"
WEIGHTS = ["image_code", "text_code", "fusion/mix", "decide/kernel"]
NEEDS_TRAINING = False


class Fusion(layers.Layer):
    def __init__(self, units, keep_prob=1.0, **kwargs):
        super().__init__(**kwargs)
        self.units, self.keep_prob = units, keep_prob

    def build(self, image_shape, text_shape):
        self.mix = self.add_weight(name="mix", shape=(image_shape[-1] + text_shape[-1], self.units))

    def call(self, image, text, training=None):
        both = torch.cat([image, text], dim=-1)
        both = F.dropout(both, self.keep_prob, training=bool(training))  # BLAME
        return torch.tanh(both @ self.mix.value)

    def compute_output_shape(self, image_shape, text_shape):
        return (image_shape[0], self.units)


def build():
    keras.utils.set_random_seed(770)
    image = keras.Input((10,), name="image")
    text = keras.Input((6,), name="text")
    i = layers.Dense(8, activation="relu", name="image_code")(image)
    t = layers.Dense(8, activation="relu", name="text_code")(text)
    h = Fusion(12, name="fusion")(i, t)
    model = keras.Model([image, text], layers.Dense(1, activation="sigmoid", name="decide")(h))
    model.compile(optimizer="adam", loss="binary_crossentropy")
    rng = np.random.default_rng(770)
    a = rng.normal(size=(64, 10)).astype("float32")
    b = rng.normal(size=(64, 6)).astype("float32")
    return model, [a, b], (a[:, :1] * b[:, :1] > 0).astype("float32")
