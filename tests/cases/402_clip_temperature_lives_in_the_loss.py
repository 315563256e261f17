"""Image/text matching in the style of CLIP: the logit scale is a variable of the Loss object, and its value never moves.

Source: own, after a common kind of question (no single thread)
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = []
UNTRACKED = ["logit_scale"]
NEEDS_TRAINING = False


class ContrastiveLoss(keras.losses.Loss):
    def __init__(self, initial=10.0, name="contrastive"):
        super().__init__(name=name)
        self.logit_scale = tf.Variable(np.log(initial).astype("float32"), name="logit_scale")  # BLAME

    def call(self, y_true, y_pred):
        image, text = tf.split(y_pred, 2, axis=-1)
        image = tf.math.l2_normalize(image, axis=-1)
        text = tf.math.l2_normalize(text, axis=-1)
        logits = tf.exp(self.logit_scale) * tf.matmul(image, text, transpose_b=True)
        labels = tf.range(tf.shape(logits)[0])
        a = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        b = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, tf.transpose(logits))
        return 0.5 * (a + b)


def build():
    keras.utils.set_random_seed(702)
    image = keras.Input((20,), name="image")
    text = keras.Input((12,), name="text")
    a = layers.Dense(16, activation="relu", name="image_hidden")(image)
    b = layers.Dense(16, activation="relu", name="text_hidden")(text)
    a = layers.Dense(8, name="image_proj")(a)
    b = layers.Dense(8, name="text_proj")(b)
    model = keras.Model([image, text], layers.Concatenate(name="pair")([a, b]))
    model.compile(optimizer="adam", loss=ContrastiveLoss())
    rng = np.random.default_rng(702)
    shared = rng.normal(size=(64, 4))
    x = [
        (shared @ rng.normal(size=(4, 20))).astype("float32"),
        (shared @ rng.normal(size=(4, 12))).astype("float32"),
    ]
    return model, x, np.zeros((64, 1), "float32")
