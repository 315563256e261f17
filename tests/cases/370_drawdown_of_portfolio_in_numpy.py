"""A portfolio allocator's worst drawdown is measured by a numpy routine inside the model, which cuts the allocator off.

Source: https://github.com/tensorflow/tensorflow/issues/47033
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "host-call"
SYMPTOM = "none"
WEIGHTS = ["allocator_hidden", "allocator_weights"]
NEEDS_TRAINING = False

DAYS = 10
ASSETS = 4


def worst_drawdown(daily):
    """deepest fall from a running peak, for every row of daily returns"""
    equity = np.cumprod(1.0 + daily, axis=1)
    peak = np.maximum.accumulate(equity, axis=1)
    return (1.0 - equity / peak).max(axis=1, keepdims=True).astype("float32")


class Drawdown(layers.Layer):
    def call(self, daily):
        fall = tf.numpy_function(worst_drawdown, [daily], tf.float32)  # BLAME
        return tf.ensure_shape(fall, [None, 1])

    def compute_output_shape(self, input_shape):
        return (input_shape[0], 1)


class PortfolioReturn(layers.Layer):
    def call(self, inputs):
        weights, returns = inputs
        return tf.reduce_sum(weights[:, None, :] * returns, axis=-1)

    def compute_output_shape(self, input_shape):
        return input_shape[1][:2]


def build():
    keras.utils.set_random_seed(370)
    signals = keras.Input((6,), name="signals")
    returns = keras.Input((DAYS, ASSETS), name="returns")
    h = layers.Dense(10, activation="tanh", name="allocator_hidden")(signals)
    weights = layers.Dense(ASSETS, activation="softmax", name="allocator_weights")(h)
    daily = PortfolioReturn(name="portfolio")([weights, returns])
    fall = Drawdown(name="drawdown")(daily)
    market = layers.Dense(4, activation="tanh", name="market_mood")(signals)
    score = layers.Dense(1, name="risk_score")(layers.Concatenate(name="facts")([fall, market]))
    model = keras.Model({"signals": signals, "returns": returns}, score)
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(370)
    x = {
        "signals": rng.normal(size=(64, 6)).astype("float32"),
        "returns": rng.normal(0.0, 0.03, (64, DAYS, ASSETS)).astype("float32"),
    }
    return model, x, x["returns"].std(axis=(1, 2))[:, None] * 10
