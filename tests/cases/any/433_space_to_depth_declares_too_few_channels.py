"""Focus stem (space to depth) of a small detector: the summary looks fine, the first call breaks in the convolution behind it.

Source: https://github.com/keras-team/keras/issues/4320
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "shape-contract"
SYMPTOM = "shape"
WEIGHTS = []
NEEDS_TRAINING = False
FIT_RAISES = True


class SpaceToDepth(layers.Layer):
    def __init__(self, block=2, **kwargs):
        super().__init__(**kwargs)
        self.block = block

    def call(self, x):
        _, height, width, channels = x.shape
        b = self.block
        x = ops.reshape(x, (-1, height // b, b, width // b, b, channels))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return ops.reshape(x, (-1, height // b, width // b, b * b * channels))

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        return (batch, height // self.block, width // self.block, channels * self.block)  # BLAME


def build():
    keras.utils.set_random_seed(803)
    image = keras.Input((12, 12, 3))
    h = SpaceToDepth(2, name="focus")(image)
    h = layers.Conv2D(8, 3, activation="relu", name="conv")(h)
    h = layers.GlobalAveragePooling2D()(h)
    model = keras.Model(image, layers.Dense(4, name="box")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(803)
    return model, rng.random((64, 12, 12, 3)).astype("float32"), rng.random((64, 4)).astype("float32")
