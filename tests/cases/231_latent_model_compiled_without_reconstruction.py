"""An auto-encoder adds its latent penalty with add_loss and is compiled without a loss: the decoder has none."""

import keras
import numpy as np
from keras import layers, ops

CODE = "no-loss"
SYMPTOM = "none"
WEIGHTS = ["unpack", "paint"]
NEEDS_TRAINING = False


class LatentPenalty(layers.Layer):
    def call(self, z):
        self.add_loss(ops.mean(ops.square(z)))
        return z


def build():
    keras.utils.set_random_seed(231)
    image = keras.Input((6, 6, 1))
    z = layers.Dense(3, name="squeeze")(layers.Flatten()(image))
    z = LatentPenalty(name="penalty")(z)
    h = layers.Dense(12, activation="gelu", name="unpack")(z)
    model = keras.Model(image, layers.Dense(36, name="paint")(h))
    model.compile(optimizer="adam")  # BLAME
    rng = np.random.default_rng(231)
    x = rng.random((64, 6, 6, 1)).astype("float32")
    return model, x, x.reshape(64, 36)
