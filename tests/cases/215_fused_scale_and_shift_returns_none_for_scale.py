"""A fused affine op with a hand-written backward pass has a gradient for the input and the shift, None for the scale."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["affine/scale"]
NEEDS_TRAINING = False


@tf.custom_gradient
def fused_affine(x, scale, shift):
    def backward(dy):
        axes = list(range(len(x.shape) - 1))
        return dy * scale, None, tf.reduce_sum(dy, axes)  # BLAME

    return x * scale + shift, backward


class Affine(layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight(name="scale", shape=shape[-1:], initializer="ones")
        self.shift = self.add_weight(name="shift", shape=shape[-1:], initializer="zeros")

    def call(self, x):
        return fused_affine(x, tf.convert_to_tensor(self.scale), tf.convert_to_tensor(self.shift))


def build():
    keras.utils.set_random_seed(215)
    volume = keras.Input((4, 4, 4, 1))
    h = layers.Conv3D(3, 2, name="voxel_conv")(volume)
    h = layers.Activation("tanh")(Affine(name="affine")(h))
    model = keras.Model(volume, layers.Dense(1, name="dose")(layers.GlobalAveragePooling3D()(h)))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(215)
    x = rng.normal(size=(64, 4, 4, 4, 1)).astype("float32")
    return model, x, x.mean(axis=(1, 2, 3))
