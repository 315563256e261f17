"""Pump monitor with its own train_step: the tape was moved down to the loss, so the forward pass runs before it opens.

Source: https://github.com/keras-team/keras-io/issues/406
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "no-loss"
SYMPTOM = "none"
WEIGHTS = ["vibration_conv", "vibration_gru", "hours_left"]
NEEDS_TRAINING = False
FIT_RAISES = True


class PumpMonitor(keras.Model):
    """hours until the next failure from a window of vibration readings"""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv1D(6, 5, strides=2, activation="elu", name="vibration_conv")
        self.gru = layers.GRU(6, name="vibration_gru")
        self.head = layers.Dense(1, name="hours_left")
        self.error_tracker = keras.metrics.MeanAbsoluteError(name="mae")
        self.loss_tracker = keras.metrics.Mean(name="loss")

    def call(self, window, training=False):
        return self.head(self.gru(self.conv(window), training=training))

    @property
    def metrics(self):
        return [self.loss_tracker, self.error_tracker]

    def train_step(self, data):
        window, hours = data
        predicted = self(window, training=True)  # BLAME
        with tf.GradientTape() as tape:
            under = tf.nn.relu(hours - predicted)
            over = tf.nn.relu(predicted - hours)
            loss = tf.reduce_mean(under + 3.0 * over)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        self.loss_tracker.update_state(loss)
        self.error_tracker.update_state(hours, predicted)
        return {m.name: m.result() for m in self.metrics}


def build():
    keras.utils.set_random_seed(368)
    rng = np.random.default_rng(368)
    model = PumpMonitor(name="pump_monitor")
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    wear = rng.random((64, 1, 1))
    time = np.arange(24)[None, :, None]
    x = np.sin(time * (1 + wear)) * (0.5 + wear) + rng.normal(scale=0.1, size=(64, 24, 2))
    return model, x.astype("float32"), (5.0 * (1 - wear[:, 0])).astype("float32")
