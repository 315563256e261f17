"""A U-Net concatenates skip and upsampled maps, but the second concatenation reads the skip twice."""

import keras
import numpy as np
from keras import layers, ops

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["bottom", "up_conv"]
NEEDS_TRAINING = False


class TinyUNet(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.down = layers.Conv2D(4, 3, padding="same", activation="gelu", name="down")
        self.bottom = layers.Conv2D(
            6, 3, strides=2, padding="same", activation="gelu", name="bottom"
        )
        self.up = layers.Conv2DTranspose(4, 2, strides=2, name="up_conv")
        self.out = layers.Conv2D(1, 1, activation="sigmoid", name="out")

    def call(self, image):
        skip = self.down(image)
        lifted = self.up(self.bottom(skip))
        joined = ops.concatenate([skip, skip], axis=-1)  # BLAME
        return self.out(joined)


def build():
    keras.utils.set_random_seed(204)
    model = TinyUNet()
    model.compile(optimizer="adam", loss="binary_crossentropy")
    rng = np.random.default_rng(204)
    x = rng.random((64, 8, 8, 1)).astype("float32")
    return model, x, (x > 0.5).astype("float32")
