"""The critic is set to trainable = False once for the joint model, as in the old GAN recipes, and never switched on again, so the critic's own update has no variables and it does not learn.
Source: https://github.com/eriklindernoren/Keras-GAN/issues/22
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "frozen"
SYMPTOM = "frozen"
WEIGHTS = ["expert_in", "expert_out"]
NEEDS_TRAINING = False
FIT_RAISES = False

NOISE = 4
LENGTH = 16


def forger_net():
    seed = keras.Input((NOISE,), name="seed")
    h = layers.Dense(16, activation="leaky_relu", name="forger_in")(seed)
    return keras.Model(seed, layers.Dense(LENGTH, name="forger_out")(h), name="forger")


def expert_net():
    trace = keras.Input((LENGTH,), name="trace")
    h = layers.Dense(16, activation="leaky_relu", name="expert_in")(trace)
    return keras.Model(trace, layers.Dense(1, name="expert_out")(h), name="expert")


class PulseDuel(keras.Model):
    """A forger of pulse traces and an expert who tells them from real ones."""

    def __init__(self, forger, expert, **kwargs):
        super().__init__(**kwargs)
        self.forger = forger
        self.expert = expert
        self.expert.trainable = False  # BLAME
        self.judge = keras.losses.BinaryCrossentropy(from_logits=True)

    def compile(self, forger_optimizer, expert_optimizer):
        super().compile()
        self.forger_optimizer = forger_optimizer
        self.expert_optimizer = expert_optimizer

    def call(self, traces, training=False):
        return self.expert(traces, training=training)

    def train_step(self, traces):
        n = tf.shape(traces)[0]
        fakes = self.forger(tf.random.normal((n, NOISE)))
        both = tf.concat([traces, fakes], axis=0)
        labels = tf.concat([tf.ones((n, 1)), tf.zeros((n, 1))], axis=0)
        with tf.GradientTape() as tape:
            expert_loss = self.judge(labels, self.expert(both, training=True))
        known = self.expert.trainable_variables
        self.expert_optimizer.apply(tape.gradient(expert_loss, known), known)

        with tf.GradientTape() as tape:
            fakes = self.forger(tf.random.normal((n, NOISE)), training=True)
            forger_loss = self.judge(tf.ones((n, 1)), self.expert(fakes, training=True))
        own = self.forger.trainable_variables
        self.forger_optimizer.apply(tape.gradient(forger_loss, own), own)
        return {"expert_loss": expert_loss, "forger_loss": forger_loss}


def build():
    keras.utils.set_random_seed(30)
    rng = np.random.default_rng(30)
    model = PulseDuel(forger_net(), expert_net(), name="pulse_duel")
    model.compile(keras.optimizers.Adam(2e-3), keras.optimizers.Adam(2e-3))
    t = np.linspace(0, 2 * np.pi, LENGTH)
    phase = rng.uniform(0, 0.6, size=(64, 1))
    x = (np.sin(t + phase) ** 3 + 0.05 * rng.normal(size=(64, LENGTH))).astype("float32")
    return model, x, None
