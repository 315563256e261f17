"""An invertible 1x1 flow step: its ActNorm scale is a keras.Variable with trainable=False, copied from a running-statistics layer."""
import keras
import numpy as np
from keras import layers, ops

CODE = "frozen"
SYMPTOM = "frozen"
WEIGHTS = ["flow_0/log_scale", "flow_1/log_scale"]
NEEDS_TRAINING = False


class FlowStep(layers.Layer):
    """ActNorm followed by affine coupling; adds its log-determinant to the loss."""

    def __init__(self, half, **kwargs):
        super().__init__(**kwargs)
        self.half = half
        self.coupling = layers.Dense(2 * half, name="coupling")

    def build(self, input_shape):
        width = input_shape[-1]
        self.log_scale = keras.Variable(  # BLAME
            np.zeros((width,), "float32"), trainable=False, name="log_scale"
        )
        self.shift = self.add_weight(name="shift", shape=(width,), initializer="zeros")
        self.coupling.build((input_shape[0], self.half))

    def call(self, x):
        x = (x + self.shift) * ops.exp(self.log_scale)
        keep, change = x[:, : self.half], x[:, self.half :]
        log_gain, offset = ops.split(self.coupling(keep), 2, axis=-1)
        log_gain = ops.tanh(log_gain)
        change = change * ops.exp(log_gain) + offset
        volume = ops.sum(self.log_scale) + ops.mean(ops.sum(log_gain, axis=-1))
        self.add_loss(-volume)
        return ops.concatenate([change, keep], axis=-1)

    def compute_output_shape(self, input_shape):
        return input_shape


def standard_normal_nll(y_true, z):
    return 0.5 * ops.sum(ops.square(z), axis=-1)


def build():
    keras.utils.set_random_seed(709)
    sample = keras.Input((6,), name="sample")
    z = FlowStep(3, name="flow_0")(sample)
    z = FlowStep(3, name="flow_1")(z)
    model = keras.Model(sample, z)
    model.compile(optimizer="adam", loss=standard_normal_nll)
    rng = np.random.default_rng(709)
    x = (2.0 + 3.0 * rng.normal(size=(64, 6))).astype("float32")
    return model, x, np.zeros((64, 1), "float32")
