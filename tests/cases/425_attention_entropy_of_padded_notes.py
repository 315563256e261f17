"""Clinical notes: an entropy penalty on masked attention takes p * log(p) where padding has p exactly 0.

Source: https://github.com/tensorflow/probability/issues/241
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["note_vectors", "attend/query"]
NEEDS_TRAINING = False

VOCABULARY = 50
LENGTH = 12


class SharpAttention(layers.Layer):
    """attention pooling that is pushed towards few words by its entropy"""

    def __init__(self, penalty=0.01, **kwargs):
        super().__init__(**kwargs)
        self.penalty = penalty
        self.supports_masking = True

    def build(self, input_shape):
        self.query = self.add_weight(name="query", shape=(input_shape[-1],), initializer="random_normal")

    def compute_mask(self, inputs, mask=None):
        return None

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])

    def call(self, words, mask=None):
        scores = tf.einsum("bld,d->bl", words, self.query)
        if mask is not None:
            scores = tf.where(mask, scores, -1e9)
        p = tf.nn.softmax(scores, axis=-1)
        entropy = -tf.reduce_sum(p * tf.math.log(p), axis=-1)  # BLAME
        self.add_loss(self.penalty * tf.reduce_mean(entropy))
        return tf.einsum("bl,bld->bd", p, words)


def build():
    keras.utils.set_random_seed(425)
    note = keras.Input((LENGTH,), dtype="int32", name="note")
    words = layers.Embedding(VOCABULARY, 8, mask_zero=True, name="note_vectors")(note)
    summary = SharpAttention(name="attend")(words)
    h = layers.Dense(8, activation="tanh", name="history")(summary)
    readmitted = layers.Dense(1, activation="sigmoid", name="readmitted")(h)
    model = keras.Model(note, readmitted, name="readmission")
    model.compile(optimizer="adam", loss="binary_crossentropy")
    rng = np.random.default_rng(425)
    length = rng.integers(4, LENGTH + 1, (64, 1))
    length[::8] = 5
    x = rng.integers(1, VOCABULARY, (64, LENGTH)) * (np.arange(LENGTH)[None] < length)
    return model, x.astype("int32"), (x == 7).any(1, keepdims=True).astype("float32")
