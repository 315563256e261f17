"""Few shot head: queries are compared with embedded anchors (support set).

Source: https://github.com/ClementWalter/Keras-FewShotLearning/pull/23
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "unused"
ALSO = ("stop-gradient", "host-call", "untracked")
SYMPTOM = "none"
WEIGHTS = ["support_proj"]
NEEDS_TRAINING = False


class AnchorHead(layers.Layer):
    """score of every query against the K anchors"""

    def __init__(self, anchors, dim, **kwargs):
        super().__init__(**kwargs)
        self.anchors = tf.constant(anchors)
        self.query_proj = layers.Dense(dim, name="query_proj")
        self.support_proj = layers.Dense(dim, name="support_proj")
        self._table = None

    def build(self, input_shape):
        self.query_proj.build(input_shape)
        self.support_proj.build(self.anchors.shape)
        self.temperature = self.add_weight(name="temperature", shape=(), initializer="ones")

    def anchor_table(self):
        if self._table is None:
            with tf.init_scope():
                self._table = tf.math.l2_normalize(self.support_proj(self.anchors), axis=-1)  # BLAME
        return self._table

    def call(self, q):
        q = tf.math.l2_normalize(self.query_proj(q), axis=-1)
        sim = tf.matmul(q, self.anchor_table(), transpose_b=True)
        return self.temperature * 5.0 * sim

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.anchors.shape[0])


def build():
    keras.utils.set_random_seed(51)
    rng = np.random.default_rng(51)
    y = rng.integers(0, 5, 80)
    centers = rng.normal(size=(5, 12))
    x = (centers[y] + 0.3 * rng.normal(size=(80, 12))).astype("float32")

    inp = keras.Input((12,))
    h = layers.Dense(24, activation="relu", name="trunk")(inp)
    scores = AnchorHead(centers.astype("float32"), 8, name="anchor_head")(h)
    model = keras.Model(inp, layers.Softmax()(scores))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["acc"])
    return model, x, y
