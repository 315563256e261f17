"""Memory-saving activations with handwritten backward passes, swish and mish. Networks with mish train worse than with the built-in one.

Source: own, after a common kind of question (no single thread)
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["conv_a", "conv_b"]
NEEDS_TRAINING = False


@tf.custom_gradient
def swish(x):
    s = tf.sigmoid(x)

    def backward(dy):
        return dy * (s + x * s * (1.0 - s))

    return x * s, backward


@tf.custom_gradient
def mish(x):
    t = tf.tanh(tf.nn.softplus(x))

    def backward(dy):
        s = tf.sigmoid(x)
        return dy * (t + (1.0 - t * t) * s)  # BLAME

    return x * t, backward


def build():
    keras.utils.set_random_seed(706)
    image = keras.Input((10, 10, 2))
    h = layers.Conv2D(6, 3, padding="same", name="conv_a")(image)
    h = layers.Activation(swish, name="act_a")(h)
    h = layers.Conv2D(8, 3, strides=2, name="conv_b")(h)
    h = layers.Activation(mish, name="act_b")(h)
    h = layers.GlobalAveragePooling2D()(h)
    h = layers.Dense(8, name="fc")(h)
    h = layers.Activation(swish, name="act_c")(h)
    model = keras.Model(image, layers.Dense(3, activation="softmax", name="out")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(706)
    return model, rng.normal(size=(64, 10, 10, 2)).astype("float32"), rng.integers(0, 3, 64)
