"""compute_loss sums over three tasks, but the return is indented one level too far: only the first task is ever scored."""
import keras
import numpy as np
from keras import layers, ops

CODE = "no-loss"
ALSO = ("unused",)
SYMPTOM = "none"
WEIGHTS = ["price_hidden", "price_out", "stock_hidden", "stock_out"]
NEEDS_TRAINING = False

TASKS = ("demand", "price", "stock")


class MultiTask(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.shared = layers.Dense(20, activation="relu", name="shared")
        self.hidden = {t: layers.Dense(8, activation="relu", name=f"{t}_hidden") for t in TASKS}
        self.out = {t: layers.Dense(1, name=f"{t}_out") for t in TASKS}

    def call(self, x):
        h = self.shared(x)
        return {t: self.out[t](self.hidden[t](h)) for t in TASKS}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        total = 0.0
        for task in TASKS:
            error = y[task] - y_pred[task]
            total = total + ops.mean(ops.log1p(ops.square(error)))
            return total  # BLAME


def build():
    keras.utils.set_random_seed(708)
    rng = np.random.default_rng(708)
    x = rng.normal(size=(64, 9)).astype("float32")
    y = {t: (x[:, i : i + 1] * x[:, 4:5]).astype("float32") for i, t in enumerate(TASKS)}
    model = MultiTask()
    model(x[:2])
    model.compile(optimizer="adam")
    return model, x, y
