"""Two stream action recognition, appearance and optical flow.

Source: https://github.com/tensorflow/tensorflow/issues/36880
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["flow/"]
NEEDS_TRAINING = False


class Stream(layers.Layer):
    """conv -> conv -> pooled vector"""

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.c1 = layers.Conv2D(filters, 3, activation="relu", padding="same", name="c1")
        self.c2 = layers.Conv2D(2 * filters, 3, activation="relu", padding="same", name="c2")
        self.pool = layers.MaxPooling2D(2)

    def call(self, x):
        x = self.pool(self.c1(x))
        x = self.c2(x)
        return tf.reduce_mean(x, axis=[1, 2])


class TwoStream(keras.Model):
    def __init__(self, classes):
        super().__init__()
        self.rgb = Stream(6, name="rgb")
        self.flow = Stream(6, name="flow")
        self.bn = layers.BatchNormalization(name="bn")
        self.fc = layers.Dense(24, activation="relu", name="fc")
        self.cls = layers.Dense(classes, activation="softmax", name="cls")

    def fuse(self, a, b, training):
        a = tf.math.l2_normalize(a, axis=-1)
        b = tf.math.l2_normalize(a, axis=-1)  # BLAME
        return self.bn(tf.concat([a, b], axis=-1), training=training)

    def call(self, inputs, training=False):
        img, of = inputs
        h = self.fuse(self.rgb(img), self.flow(of), training)
        return self.cls(self.fc(h))


def build():
    keras.utils.set_random_seed(281)
    rng = np.random.default_rng(281)
    y = rng.integers(0, 3, 64)
    img = rng.normal(size=(64, 8, 8, 3)).astype("float32") + y[:, None, None, None]
    of = rng.normal(size=(64, 8, 8, 2)).astype("float32")
    model = TwoStream(3)
    x = [img.astype("float32"), of]
    model([x[0][:2], x[1][:2]])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, x, y
