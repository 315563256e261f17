"""Own gelu (tanh form) with own gradient, used in the second of two feed forward layers.

Source: https://github.com/alirezaafzalaghaei/rKAN/issues/1
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["embed", "ff_a", "ff_b"]
NEEDS_TRAINING = False

C = 0.7978845608


@ops.custom_gradient
def fast_gelu(x):
    u = C * (x + 0.044715 * x * x * x)
    t = ops.tanh(u)

    def grad(*args, upstream=None):
        if upstream is None:
            (upstream,) = args
        du = 1.0 + 3.0 * 0.044715 * x * x  # BLAME
        return upstream * (0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * du)

    return 0.5 * x * (1.0 + t), grad


class FeedForward(layers.Layer):
    def __init__(self, units, act, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(units, name="dense")
        self.act = act

    def build(self, shape):
        self.dense.build(shape)

    def call(self, x):
        return self.act(self.dense(x))

    def compute_output_shape(self, shape):
        return (shape[0], self.dense.units)


def build():
    keras.utils.set_random_seed(1011)
    rng = np.random.default_rng(1011)
    inp = keras.Input((6,))
    h = layers.Dense(8, name="embed")(inp)
    h = FeedForward(8, ops.silu, name="ff_a")(h)
    h = FeedForward(8, fast_gelu, name="ff_b")(h)
    out = layers.Dense(1, name="out")(h)
    model = keras.Model(inp, out)
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
    x = 2.0 * rng.normal(size=(64, 6)).astype("float32")
    return model, x, (x[:, :1] * 0.5 + np.abs(x[:, 1:2])).astype("float32")
