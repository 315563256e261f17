"""A bag of words multiplies its vectors with the padding mask, but the mask is 1 for padding; unpadded sentences become 0."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "zero-signal"
SYMPTOM = "zero"
WEIGHTS = ["words/embeddings", "mixer/kernel"]
NEEDS_TRAINING = False


class MaskedBag(layers.Layer):
    def __init__(self, vocab, dim, **kwargs):
        super().__init__(**kwargs)
        self.table = layers.Embedding(vocab, dim, name="words")

    def call(self, ids):
        vectors = self.table(ids)
        vectors = vectors * tf.cast(tf.equal(ids, 0), tf.float32)[..., None]  # BLAME
        return tf.reduce_sum(vectors, axis=1)


def build():
    keras.utils.set_random_seed(618)
    ids = keras.Input((6,), dtype="int32")
    h = MaskedBag(30, 7, name="bag")(ids)
    h = layers.Dense(6, activation="sigmoid", name="mixer")(h)
    out = layers.Dense(4, name="topic")(h)
    model = keras.Model(ids, out)
    model.compile(
        optimizer="adagrad", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    rng = np.random.default_rng(618)
    return model, rng.integers(1, 30, (64, 6)).astype("int32"), rng.integers(0, 4, 64)
