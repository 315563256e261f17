"""A dilated conv's compute_output_shape uses the kernel size where the dilated size belongs."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "shape-contract"
SYMPTOM = "shape"
WEIGHTS = []
NEEDS_TRAINING = False
LAYER = "dilated"


class Dilated(layers.Layer):
    def __init__(self, filters, dilation, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.dilation = filters, dilation

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(3, 3, shape[-1], self.filters))

    def call(self, x):
        return tf.nn.convolution(x, self.kernel, padding="VALID", dilations=self.dilation)

    def compute_output_shape(self, shape):
        def length(n):
            return n - 3 + 1

        return (shape[0], length(shape[1]), length(shape[2]), self.filters)  # BLAME


def build():
    keras.utils.set_random_seed(287)
    image = keras.Input((12, 12, 1))
    h = Dilated(4, 2, name="dilated")(image)
    h = layers.GlobalAveragePooling2D()(layers.LeakyReLU()(h))
    model = keras.Model(image, layers.Dense(1, name="depth")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(287)
    x = rng.random((64, 12, 12, 1)).astype("float32")
    return model, x, x.mean(axis=(1, 2))
