"""Spectral-flatness pooling, exp(mean(log(share))), after a relu: one zero gives the right value 0, but its gradient is 0 * inf."""
import keras
import numpy as np
from keras import layers, ops

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["leaf_conv1", "leaf_conv2"]
NEEDS_TRAINING = False


class GeometricPool(layers.Layer):
    def call(self, maps):
        share = maps / (ops.sum(maps, axis=(1, 2), keepdims=True) + 1e-6)
        log_mean = ops.mean(ops.log(share), axis=(1, 2))  # BLAME
        return ops.exp(log_mean)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])


def build():
    keras.utils.set_random_seed(721)
    leaf = keras.Input((9, 9, 2), name="leaf")
    h = layers.Conv2D(6, 3, activation="gelu", name="leaf_conv1")(leaf)
    h = layers.Conv2D(6, 3, activation="relu", name="leaf_conv2")(h)
    both = layers.Concatenate()([GeometricPool(name="geometric")(h), layers.GlobalAveragePooling2D()(h)])
    model = keras.Model(leaf, layers.Dense(3, activation="softmax", name="disease")(both))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(721)
    y = rng.integers(0, 3, 64).astype("int32")
    x = rng.normal(size=(64, 9, 9, 2)) + y[:, None, None, None]
    return model, x.astype("float32"), y
