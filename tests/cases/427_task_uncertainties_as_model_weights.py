"""Healthy: two tasks of a greenhouse model are weighted by learned uncertainties that are weights of the model itself.

Source: https://github.com/keras-team/keras/issues/569
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class UncertainTasks(keras.Model):
    """sum of exp(-s) * loss + s over the tasks; the two s have no layer and no input, only the loss uses them"""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(16, activation="swish", name="climate")
        self.yield_head = layers.Dense(1, name="harvest")
        self.mould_head = layers.Dense(1, name="mould")
        self.log_var_harvest = self.add_weight(name="log_var_harvest", shape=(), initializer="zeros")
        self.log_var_mould = self.add_weight(name="log_var_mould", shape=(), initializer="zeros")

    def build(self, input_shape):
        self.hidden.build(input_shape)
        width = (input_shape[0], self.hidden.units)
        self.yield_head.build(width)
        self.mould_head.build(width)

    def call(self, climate):
        h = self.hidden(climate)
        return {"harvest": self.yield_head(h), "mould": self.mould_head(h)}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        harvest = ops.mean(ops.square(y["harvest"] - y_pred["harvest"]))
        mould = ops.mean(keras.losses.binary_crossentropy(y["mould"], y_pred["mould"], from_logits=True))
        weighted = 0.0
        for log_var, loss in ((self.log_var_harvest, harvest), (self.log_var_mould, mould)):
            log_var = ops.convert_to_tensor(log_var)
            weighted = weighted + ops.exp(-log_var) * loss + log_var
        return weighted


def build():
    keras.utils.set_random_seed(427)
    model = UncertainTasks(name="greenhouse")
    model.compile(optimizer=keras.optimizers.Adam(1e-2))
    rng = np.random.default_rng(427)
    x = rng.normal(size=(64, 6)).astype("float32")
    y = {
        "harvest": (2.0 * x[:, :1] - x[:, 1:2]).astype("float32"),
        "mould": (x[:, 2:3] > 0.3).astype("float32"),
    }
    return model, x, y
