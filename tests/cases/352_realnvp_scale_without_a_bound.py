"""RealNVP for detector energies: the log-scales of the couplings are unbounded and the inputs are raw (3 to 12 MeV).

exp(s) multiplies up through four couplings: the first loss is astronomical and so is its gradient.

Source: https://github.com/MokkeMeguru/glow-realnvp-tutorial/issues/3
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "exploding"
SYMPTOM = "exploding"
WEIGHTS = ["coupling_0", "coupling_1"]
NEEDS_TRAINING = False


class Coupling(layers.Layer):
    """keeps one half, y = x * exp(s(kept)) + t(kept) for the other"""

    def __init__(self, width, flip, **kwargs):
        super().__init__(**kwargs)
        self.half, self.flip = width // 2, flip
        self.hidden = layers.Dense(16, activation="relu", name="hidden")
        self.log_scale = layers.Dense(self.half, name="log_scale")
        self.shift = layers.Dense(self.half, name="shift")

    def build(self, input_shape):
        self.hidden.build((None, self.half))
        self.log_scale.build((None, 16))
        self.shift.build((None, 16))

    def call(self, x):
        kept, moved = tf.split(x, 2, axis=1)
        if self.flip:
            kept, moved = moved, kept
        h = self.hidden(kept)
        s = self.log_scale(h)
        moved = moved * tf.exp(s) + self.shift(h)  # BLAME
        pair = (moved, kept) if self.flip else (kept, moved)
        return tf.concat(pair, axis=1), tf.reduce_sum(s, axis=1)


class RealNVP(keras.Model):
    def __init__(self, width=4, couplings=4, **kwargs):
        super().__init__(**kwargs)
        self.flows = [Coupling(width, bool(i % 2), name=f"coupling_{i}") for i in range(couplings)]

    def call(self, x):
        log_det = tf.zeros(tf.shape(x)[0])
        for flow in self.flows:
            x, change = flow(x)
            log_det = log_det + change
        return x, log_det

    def train_step(self, x):
        with tf.GradientTape() as tape:
            z, log_det = self(x, training=True)
            log_p = -0.5 * tf.reduce_sum(tf.square(z), axis=1) + log_det
            loss = -tf.reduce_mean(log_p)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"nll": loss}


def build():
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(3)
    peaks = np.array([[6.0, 12.0, 4.0, 3.0], [9.0, 3.0, 6.0, 5.5], [4.0, 6.0, 11.0, 8.0]])
    x = peaks[rng.integers(0, 3, 96)] + 0.5 * rng.normal(size=(96, 4))
    model = RealNVP()
    model(x[:2].astype("float32"))
    model.compile(optimizer=keras.optimizers.Adam(1e-4))
    return model, x.astype("float32"), None
