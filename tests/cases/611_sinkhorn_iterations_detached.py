"""A Sinkhorn layer for learning permutations wraps the result of each normalisation in stop_gradient: the scores get no gradient."""
import keras
import numpy as np
from keras import layers, ops

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["item_hidden", "slot_scores"]
NEEDS_TRAINING = False
FIT_RAISES = True


class Sinkhorn(layers.Layer):
    def __init__(self, rounds=6, temperature=0.5, **kwargs):
        super().__init__(**kwargs)
        self.rounds, self.temperature = rounds, temperature

    def call(self, scores):
        log_p = scores / self.temperature
        for _ in range(self.rounds):
            rows = ops.logsumexp(log_p, axis=2, keepdims=True)
            log_p = log_p - rows
            cols = ops.logsumexp(log_p, axis=1, keepdims=True)
            log_p = ops.stop_gradient(log_p - cols)  # BLAME
        return ops.exp(log_p)


def build():
    keras.utils.set_random_seed(611)
    items = keras.Input((5, 3), name="items")
    h = layers.Dense(12, activation="relu", name="item_hidden")(items)
    s = layers.Dense(5, name="slot_scores")(h)
    p = Sinkhorn(name="sinkhorn")(s)
    model = keras.Model(items, layers.Dot(axes=(1, 1), name="sorted")([p, items]))
    model.compile(optimizer="nadam", loss="mse")
    rng = np.random.default_rng(611)
    x = rng.normal(size=(64, 5, 3)).astype("float32")
    y = np.take_along_axis(x, x[:, :, :1].argsort(axis=1), axis=1)
    return model, x, y
