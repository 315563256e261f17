"""Healthy: self-supervised learning with an online encoder and a slowly averaged copy of it, whose output is cut off with stop_gradient.

Source: https://github.com/Lightning-Universe/lightning-bolts/issues/801
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def encoder(name, trainable=True):
    view = keras.Input((16,))
    h = layers.Dense(24, activation="gelu", name=f"{name}_hidden")(view)
    model = keras.Model(view, layers.Dense(8, name=f"{name}_code")(h), name=name)
    model.trainable = trainable
    return model


def unit(x):
    return x / ops.sqrt(ops.sum(ops.square(x), axis=-1, keepdims=True) + 1e-8)


class TwoViews(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.online = encoder("online")
        self.target = encoder("target", trainable=False)
        self.target.set_weights(self.online.get_weights())
        self.predictor = keras.Sequential(
            [layers.Dense(16, activation="gelu", name="predict_hidden"), layers.Dense(8, name="predict_code")],
            name="predictor",
        )

    def follow(self):
        """Moves the target a little towards the online encoder."""
        for old, new in zip(self.target.variables, self.online.variables):
            old.assign(0.98 * old + 0.02 * ops.stop_gradient(new))

    def call(self, views, training=None):
        if training:
            self.follow()
        one, two = views
        guess = self.predictor(self.online(one))
        aim = ops.stop_gradient(self.target(two))
        return ops.concatenate([unit(guess), unit(aim)], axis=-1)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        guess, aim = ops.split(y_pred, 2, axis=-1)
        return ops.mean(2.0 - 2.0 * ops.sum(guess * aim, axis=-1))


def build():
    keras.utils.set_random_seed(613)
    rng = np.random.default_rng(613)
    base = rng.normal(size=(64, 16))
    views = [(base + 0.2 * rng.normal(size=base.shape)).astype("float32") for _ in range(2)]
    model = TwoViews()
    model([views[0][:2], views[1][:2]])
    model.compile(optimizer=keras.optimizers.Adam(3e-3))
    return model, views, None
