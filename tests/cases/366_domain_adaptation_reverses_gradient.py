"""Healthy: domain-adversarial sentiment model; stop_gradient is only the trick that keeps the value while reversing the gradient.

Source: https://github.com/keras-team/keras/pull/10429
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class ReverseGradient(layers.Layer):
    """identity forwards, times -strength backwards"""

    def __init__(self, strength, **kwargs):
        super().__init__(**kwargs)
        self.strength = strength

    def call(self, x):
        return ops.stop_gradient((1.0 + self.strength) * x) - self.strength * x

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "strength": self.strength}


def build():
    keras.utils.set_random_seed(366)
    review = keras.Input((14,), name="review")
    shared = layers.Dense(16, activation="tanh", name="shared")(review)
    rating = layers.Dense(1, activation="sigmoid", name="rating")(shared)
    reversed_ = ReverseGradient(0.1, name="reverse")(shared)
    shop_hidden = layers.Dense(8, activation="tanh", name="shop_hidden")(reversed_)
    shop = layers.Dense(2, activation="softmax", name="shop")(shop_hidden)
    model = keras.Model(review, {"rating": rating, "shop": shop}, name="dann")
    model.compile(
        optimizer=keras.optimizers.Adam(5e-3),
        loss={"rating": "binary_crossentropy", "shop": "sparse_categorical_crossentropy"},
    )
    rng = np.random.default_rng(366)
    x = rng.normal(size=(64, 14)).astype("float32")
    shop_id = rng.integers(0, 2, 64)
    x[:, -1] += shop_id
    liked = (x[:, :3].sum(1, keepdims=True) > 0).astype("float32")
    return model, x, {"rating": liked, "shop": shop_id}
