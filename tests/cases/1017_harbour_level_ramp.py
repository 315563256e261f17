"""The weight of the second loss term is a Python float that a callback raises each epoch, but the compiled train step keeps the 0.0 it saw when it was traced, so the tide head gets zero gradients for ever.
Source: https://github.com/keras-team/keras/issues/13826
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "no-loss"
ALSO = ("zero-signal",)
SYMPTOM = "zero"
WEIGHTS = ["tide_dense", "tide_level"]
NEEDS_TRAINING = False
FIT_RAISES = False


class RaiseTideShare(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.model.tide_share = min(1.0, epoch / 5.0)


class HarbourModel(keras.Model):
    """Forecasts wave height first, and brings in the tide level little by little."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.trunk = layers.Dense(16, activation="tanh", name="buoy_dense")
        self.wave = layers.Dense(1, name="wave_height")
        self.tide_hidden = layers.Dense(8, activation="tanh", name="tide_dense")
        self.tide = layers.Dense(1, name="tide_level")
        self.tide_share = 0.0  # BLAME
        self.tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.tracker]

    def call(self, buoys, training=False):
        h = self.trunk(buoys)
        return self.wave(h), self.tide(self.tide_hidden(h))

    def fit(self, *args, callbacks=None, **kwargs):
        callbacks = list(callbacks or []) + [RaiseTideShare()]
        return super().fit(*args, callbacks=callbacks, **kwargs)

    def train_step(self, data):
        buoys, levels = data
        with tf.GradientTape() as tape:
            wave, tide = self(buoys, training=True)
            wave_miss = tf.reduce_mean(tf.square(levels[:, 0:1] - wave))
            tide_miss = tf.reduce_mean(tf.square(levels[:, 1:2] - tide))
            total = wave_miss + self.tide_share * tide_miss
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(total, variables), variables))
        self.tracker.update_state(total)
        return {"loss": self.tracker.result(), "tide_miss": tide_miss}


def build():
    keras.utils.set_random_seed(27)
    rng = np.random.default_rng(27)
    model = HarbourModel(name="harbour")
    x = rng.normal(size=(64, 5)).astype("float32")
    y = np.stack([x[:, 0] - 0.3 * x[:, 1], np.sin(x[:, 2]) + 0.5], axis=1).astype("float32")
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(5e-3))
    return model, x, y
