"""The train_step subtracts a prediction of shape (n, 1) from targets of shape (n,), so the squared error is an (n, n) table of all pairs and the model is pulled to the mean.
Source: https://github.com/manzilzaheer/DeepSets/pull/1
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops

CODE = "shape-contract"
SYMPTOM = "shape"
WEIGHTS = ["flour_embed", "dough_pool", "proof_minutes"]
NEEDS_TRAINING = False
FIT_RAISES = False


class DoughSet(keras.Model):
    """Predicts proofing time from an unordered set of ingredient records."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.phi = layers.Dense(12, activation="tanh", name="flour_embed")
        self.rho = layers.Dense(8, activation="tanh", name="dough_pool")
        self.head = layers.Dense(1, name="proof_minutes")
        self.tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.tracker]

    def call(self, records, training=False):
        pooled = ops.sum(self.phi(records), axis=1)
        return self.head(self.rho(pooled))

    def train_step(self, data):
        records, minutes = data
        with tf.GradientTape() as tape:
            guess = self(records, training=True)
            error = tf.reduce_mean(tf.square(minutes - guess))  # BLAME
        slopes = tape.gradient(error, self.trainable_variables)
        self.optimizer.apply_gradients(zip(slopes, self.trainable_variables))
        self.tracker.update_state(error)
        return {"loss": self.tracker.result()}


def build():
    keras.utils.set_random_seed(13)
    rng = np.random.default_rng(13)
    model = DoughSet(name="dough_set")
    x = rng.normal(size=(64, 6, 4)).astype("float32")
    y = (x[:, :, 0].sum(1) - 0.5 * x[:, :, 1].sum(1)).astype("float32")
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(1e-2))
    return model, x, y
