"""A soft actor-critic policy corrects its log-probability by log(1 - tanh(u)^2) without an epsilon; the unscaled state drives tanh to exactly 1."""
import keras
import numpy as np
from keras import layers, ops

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["policy_hidden", "mean", "log_std"]
NEEDS_TRAINING = False
FD = False


class SquashedGaussian(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(3)

    def call(self, mean, log_std):
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        u = mean + ops.exp(log_std) * noise
        action = ops.tanh(u)
        log_prob = -0.5 * ops.square(noise) - log_std
        log_prob = log_prob - ops.log(1.0 - ops.square(action))  # BLAME
        return ops.concatenate([action, ops.sum(log_prob, axis=-1, keepdims=True)], axis=-1)


def actor_loss(wanted_action, y_pred):
    action, log_prob = y_pred[:, :-1], y_pred[:, -1]
    return ops.mean(ops.square(action - wanted_action), axis=-1) + 0.05 * log_prob


def build():
    keras.utils.set_random_seed(629)
    state = keras.Input((5,))
    h = layers.Dense(12, activation="relu", name="policy_hidden")(state)
    mean = layers.Dense(2, name="mean")(h)
    log_std = layers.Dense(2, activation="tanh", name="log_std")(h)
    model = keras.Model(state, SquashedGaussian(name="squash")(mean, log_std))
    model.compile(optimizer="adam", loss=actor_loss)
    rng = np.random.default_rng(629)
    x = rng.normal(size=(64, 5), scale=80.0).astype("float32")
    return model, x, rng.uniform(-1, 1, (64, 2)).astype("float32")
