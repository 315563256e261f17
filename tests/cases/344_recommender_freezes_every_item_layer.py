"""A two-tower recommender freezes the pretrained item vectors by a name test that also matches new, untrained layers.

'item' was meant to hit the table `item_vectors`; it also hits `item_projection` and `user_item_score`.

Source: https://github.com/keras-team/keras/issues/12419
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "frozen"
SYMPTOM = "frozen"
WEIGHTS = ["item_projection", "user_item_score"]
NEEDS_TRAINING = False

USERS, ITEMS, WIDTH = 40, 60, 8


def pretrained_item_vectors(rng):
    """stands for the word2vec-like vectors from last quarter's click sessions"""
    genre = rng.normal(size=(6, WIDTH))
    return genre[np.arange(ITEMS) % 6] + 0.3 * rng.normal(size=(ITEMS, WIDTH))


class InteractionScore(layers.Layer):
    """u^T W v + b"""

    def build(self, user_shape, item_shape):
        self.w = self.add_weight(name="w", shape=(user_shape[-1], item_shape[-1]), initializer="glorot_uniform")
        self.b = self.add_weight(name="b", shape=(1,), initializer="zeros")

    def call(self, user, item):
        return ops.sum(ops.matmul(user, self.w) * item, axis=-1, keepdims=True) + self.b


def towers():
    user = keras.Input((), dtype="int32", name="user")
    item = keras.Input((), dtype="int32", name="item")
    u = layers.Embedding(USERS, WIDTH, name="user_vectors")(user)
    u = layers.Dense(12, activation="gelu", name="user_projection")(u)
    v = layers.Embedding(ITEMS, WIDTH, name="item_vectors")(item)
    v = layers.Dense(12, activation="gelu", name="item_projection")(v)
    rating = InteractionScore(name="user_item_score")(u, v)
    return keras.Model([user, item], rating, name="two_towers")


def build():
    keras.utils.set_random_seed(12419)
    rng = np.random.default_rng(12419)
    model = towers()
    vectors = pretrained_item_vectors(rng)
    model.get_layer("item_vectors").set_weights([vectors.astype("float32")])
    for layer in model.layers:
        if "item" in layer.name:
            layer.trainable = False  # BLAME
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="mse")
    users, items = rng.integers(0, USERS, 160), rng.integers(0, ITEMS, 160)
    taste = rng.normal(size=(USERS, WIDTH))
    stars = (taste[users] * vectors[items]).sum(1, keepdims=True) / WIDTH
    return model, [users.astype("int32"), items.astype("int32")], stars.astype("float32")
