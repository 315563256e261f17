"""Healthy: a Siamese self-supervised model; the target branch is detached on purpose and the encoder learns through the other one."""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False  # the detached branch is intended


def negative_cosine(guess, target):
    guess = guess / ops.sqrt(ops.sum(ops.square(guess), axis=-1, keepdims=True) + 1e-6)
    target = target / ops.sqrt(ops.sum(ops.square(target), axis=-1, keepdims=True) + 1e-6)
    return -ops.mean(ops.sum(guess * ops.stop_gradient(target), axis=-1))


class SimSiam(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.encoder_1 = layers.Dense(24, activation="relu", name="encoder_1")
        self.encoder_2 = layers.Dense(10, name="encoder_2")
        self.predictor_1 = layers.Dense(8, activation="relu", name="predictor_1")
        self.predictor_2 = layers.Dense(10, name="predictor_2")

    def call(self, views):
        first, second = views[:, 0], views[:, 1]
        z = [self.encoder_2(self.encoder_1(v)) for v in (first, second)]
        p = [self.predictor_2(self.predictor_1(v)) for v in z]
        return {"z1": z[0], "z2": z[1], "p1": p[0], "p2": p[1]}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        forth = negative_cosine(y_pred["p1"], y_pred["z2"])
        back = negative_cosine(y_pred["p2"], y_pred["z1"])
        return 0.5 * (forth + back)


def build():
    keras.utils.set_random_seed(706)
    rng = np.random.default_rng(706)
    base = rng.normal(size=(64, 1, 12))
    x = (base + 0.2 * rng.normal(size=(64, 2, 12))).astype("float32")
    model = SimSiam()
    model(x[:2])
    model.compile(optimizer=keras.optimizers.SGD(0.05))
    return model, x, np.zeros((64, 1), "float32")
