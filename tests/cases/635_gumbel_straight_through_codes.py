"""Healthy: a discrete auto-encoder with hard Gumbel-softmax codes; argmax forward, softmax backward (straight-through)."""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False  # straight-through and fresh noise


class GumbelOneHot(layers.Layer):
    def __init__(self, temperature=0.8, **kwargs):
        super().__init__(**kwargs)
        self.temperature = temperature
        self.seed_generator = keras.random.SeedGenerator(5)

    def call(self, logits, training=None):
        if training:
            u = keras.random.uniform(ops.shape(logits), 1e-6, 1.0 - 1e-6, seed=self.seed_generator)
            logits = logits - ops.log(-ops.log(u))
        soft = ops.softmax(logits / self.temperature)
        hard = ops.one_hot(ops.argmax(soft, axis=-1), logits.shape[-1])
        return soft + ops.stop_gradient(hard - soft)


def build():
    keras.utils.set_random_seed(635)
    image = keras.Input((8, 8, 1))
    h = layers.Conv2D(6, 3, strides=2, padding="same", activation="relu", name="enc_conv")(image)
    h = layers.Dense(4 * 6, name="enc_logits")(layers.Flatten()(h))
    codes = GumbelOneHot(name="gumbel")(layers.Reshape((4, 6))(h))
    h = layers.Dense(4 * 4 * 4, activation="relu", name="dec_dense")(layers.Flatten()(codes))
    h = layers.Reshape((4, 4, 4))(h)
    out = layers.Conv2DTranspose(1, 3, strides=2, padding="same", activation="sigmoid", name="dec_conv")(h)
    model = keras.Model(image, out)
    model.compile(optimizer="adam", loss="binary_crossentropy")
    rng = np.random.default_rng(635)
    x = (rng.random((64, 8, 8, 1)) > 0.6).astype("float32")
    return model, x, x
