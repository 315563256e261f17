"""A claim-frequency model starts its last bias at log(rate) = -4.6, as for a sigmoid, and then takes a relu: every rate is 0 and nothing moves.

Source: https://community.deeplearning.ai/t/loss-values-do-not-change/324182
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "dead-activation"
ALSO = ("zero-derivative", "saturated")
SYMPTOM = "zero"
WEIGHTS = ["driver", "vehicle", "mixed", "claim_rate"]
NEEDS_TRAINING = False

BASE_RATE = 0.01


class ClaimRate(layers.Layer):
    """Rate of claims for a year of cover; must not be negative."""

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], 1), initializer="glorot_uniform")
        start = keras.initializers.Constant(float(np.log(BASE_RATE)))
        self.bias = self.add_weight(name="bias", shape=(1,), initializer=start)

    def call(self, features):
        score = ops.matmul(features, self.kernel) + self.bias
        return ops.relu(score)  # BLAME


def squared_rate_error(y_true, y_pred):
    y_true = ops.cast(y_true, y_pred.dtype)
    weight = 1.0 + 20.0 * y_true  # years with a claim are rare
    return ops.mean(weight * ops.square(y_true - y_pred), axis=-1)


def build():
    keras.utils.set_random_seed(608)
    driver = keras.Input((5,), name="driver_data")
    vehicle = keras.Input((4,), name="vehicle_data")
    a = layers.Dense(8, activation="tanh", name="driver")(driver)
    b = layers.Dense(8, activation="tanh", name="vehicle")(vehicle)
    h = layers.Concatenate()([a, b])
    h = layers.Dense(8, activation="tanh", name="mixed")(h)
    model = keras.Model([driver, vehicle], ClaimRate(name="claim_rate")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss=squared_rate_error)
    rng = np.random.default_rng(608)
    x = [rng.normal(size=(64, 5)).astype("float32"), rng.normal(size=(64, 4)).astype("float32")]
    y = (rng.random((64, 1)) < 0.05 + 0.1 * (x[0][:, :1] > 0)).astype("float32")
    y[::16] = 1.0
    return model, x, y
