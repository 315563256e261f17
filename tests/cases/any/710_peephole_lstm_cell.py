"""Healthy: a hand-written peephole LSTM cell in keras.layers.RNN; peepholes start at zero but receive a gradient at once."""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class PeepholeCell(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, units]
        self.output_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], 4 * self.units))
        self.recurrent = self.add_weight(
            name="recurrent", shape=(self.units, 4 * self.units), initializer="orthogonal"
        )
        self.bias = self.add_weight(name="bias", shape=(4 * self.units,), initializer="zeros")
        self.peep = self.add_weight(name="peep", shape=(3, self.units), initializer="zeros")

    def call(self, inputs, states, training=None):
        h, c = states
        mixed = ops.matmul(inputs, self.kernel) + ops.matmul(h, self.recurrent) + self.bias
        i, f, g, o = ops.split(mixed, 4, axis=-1)
        i = ops.sigmoid(i + self.peep[0] * c)
        f = ops.sigmoid(f + 1.0 + self.peep[1] * c)
        c = f * c + i * ops.tanh(g)
        o = ops.sigmoid(o + self.peep[2] * c)
        h = o * ops.tanh(c)
        return h, [h, c]


def build():
    keras.utils.set_random_seed(710)
    pulses = keras.Input((9, 2), name="pulses")
    h = layers.RNN(PeepholeCell(12, name="cell"), return_sequences=True, name="timing")(pulses)
    model = keras.Model(pulses, layers.Dense(1, activation="sigmoid", name="fires")(h))
    model.compile(optimizer=keras.optimizers.RMSprop(1e-3), loss="binary_crossentropy")
    rng = np.random.default_rng(710)
    x = rng.normal(size=(64, 9, 2)).astype("float32")
    y = (np.cumsum(x[..., :1], axis=1) > 0).astype("float32")
    return model, x, y
