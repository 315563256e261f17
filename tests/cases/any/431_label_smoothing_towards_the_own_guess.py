"""Bootstrapped labels (noisy-label training): the loss mixes the given class with the network's own guess, but nothing is learnt.

Source: https://github.com/keras-team/keras/issues/12521
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["stem", "class_logits"]
NEEDS_TRAINING = False


def agreement(labels, logits, classes):
    guess = ops.one_hot(ops.argmax(logits, axis=-1), classes)  # BLAME
    wanted = ops.one_hot(ops.cast(labels, "int32"), classes)
    return ops.sum(guess * wanted, axis=-1)


class BootstrappedNet(keras.Model):
    def __init__(self, classes, **kwargs):
        super().__init__(**kwargs)
        self.n = classes
        self.stem = layers.Dense(16, activation="relu", name="stem")
        self.class_logits = layers.Dense(classes, name="class_logits")
        self.noise_hidden = layers.Dense(8, activation="relu", name="noise_hidden")
        self.noise = layers.Dense(1, activation="sigmoid", name="noise")

    def call(self, x):
        return {"logits": self.class_logits(self.stem(x)), "noise": self.noise(self.noise_hidden(x))}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        right = agreement(y, y_pred["logits"], self.n)
        p = y_pred["noise"][:, 0]
        likelihood = (1.0 - p) * right + p / self.n
        return -ops.mean(ops.log(likelihood + 1e-6))


def build():
    keras.utils.set_random_seed(801)
    rng = np.random.default_rng(801)
    x = rng.normal(size=(64, 7)).astype("float32")
    model = BootstrappedNet(3)
    model(x[:2])
    model.compile(optimizer="adam")
    return model, x, rng.integers(0, 3, 64).astype("int32")
