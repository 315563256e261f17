"""A quantile forecaster squeezes its prediction to (batch,) and subtracts it from targets of shape (batch, 1)."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "shape-contract"
SYMPTOM = "shape"
WEIGHTS = []
NEEDS_TRAINING = False


class QuantileForecaster(keras.Model):
    def __init__(self, q=0.8, **kwargs):
        super().__init__(**kwargs)
        self.q = q
        self.causal = layers.Conv1D(6, 3, padding="causal", activation="swish", name="causal")
        self.flat = layers.Flatten()
        self.quantile = layers.Dense(1, name="quantile")
        self.tracker = keras.metrics.Mean(name="pinball")

    def call(self, x):
        return self.quantile(self.flat(self.causal(x)))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            forecast = tf.squeeze(self(x, training=True), axis=-1)
            error = y - forecast  # BLAME
            loss = tf.reduce_mean(tf.maximum(self.q * error, (self.q - 1.0) * error))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.tracker.update_state(loss)
        return {"pinball": self.tracker.result()}


def build():
    keras.utils.set_random_seed(621)
    rng = np.random.default_rng(621)
    x = rng.normal(size=(64, 8, 2)).astype("float32")
    model = QuantileForecaster()
    model(x[:1])
    model.compile(optimizer=keras.optimizers.Adam(1e-2))
    return model, x, (3.0 * x[:, -1, :1] + x[:, -2, 1:]).astype("float32")
