"""Matrix factorisation with big tables, only few rows are touched per batch.

Source: https://github.com/keras-team/keras/issues/16797
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class RecommenderNet(keras.Model):
    def __init__(self, num_users, num_items, k=16):
        super().__init__()
        self.user_embedding = layers.Embedding(num_users, k, embeddings_initializer="he_normal", name="user_embedding")
        self.user_bias = layers.Embedding(num_users, 1, embeddings_initializer="zeros", name="user_bias")
        self.item_embedding = layers.Embedding(num_items, k, embeddings_initializer="he_normal", name="item_embedding")
        self.item_bias = layers.Embedding(num_items, 1, embeddings_initializer="zeros", name="item_bias")

    def call(self, inputs):
        u, i = inputs[:, 0], inputs[:, 1]
        dot = tf.reduce_sum(self.user_embedding(u) * self.item_embedding(i), axis=1, keepdims=True)
        return tf.nn.sigmoid(dot + self.user_bias(u) + self.item_bias(i))


def build():
    keras.utils.set_random_seed(311)
    rng = np.random.default_rng(311)
    pairs = np.stack([rng.integers(0, 5000, 128), rng.zipf(1.6, 128) % 3000], 1).astype("int32")
    y = rng.integers(0, 2, (128, 1)).astype("float32")
    model = RecommenderNet(5000, 3000)
    model(pairs[:2])
    model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(1e-2))
    return model, pairs, y
