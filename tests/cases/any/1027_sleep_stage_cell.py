"""The recurrent cell creates a weight for the fed-back part of its candidate state, but the candidate is computed from the input alone.
Source: https://github.com/tensorflow/probability/issues/927
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["carry_back"]
NEEDS_TRAINING = False
FIT_RAISES = False


class DrowseCell(layers.Layer):
    """One-gate recurrent cell for epochs of an EEG night."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units

    def build(self, input_shape):
        width = input_shape[-1]
        self.gate_in = self.add_weight(
            shape=(width + self.units, self.units), initializer="glorot_uniform", name="gate_in"
        )
        self.gate_bias = self.add_weight(shape=(self.units,), initializer="zeros", name="gate_bias")
        self.cand_in = self.add_weight(
            shape=(width, self.units), initializer="glorot_uniform", name="cand_in"
        )
        self.carry_back = self.add_weight(
            shape=(self.units, self.units), initializer="orthogonal", name="carry_back"
        )

    def call(self, inputs, states):
        before = states[0]
        joined = ops.concatenate([inputs, before], axis=-1)
        keep = ops.sigmoid(ops.matmul(joined, self.gate_in) + self.gate_bias)
        candidate = ops.tanh(ops.matmul(inputs, self.cand_in))  # BLAME
        after = keep * before + (1.0 - keep) * candidate
        return after, [after]


def build():
    keras.utils.set_random_seed(527)
    night = keras.Input((10, 3), name="night")
    h = layers.RNN(DrowseCell(8, name="drowse_cell"), name="drowse")(night)
    stage = layers.Dense(3, activation="softmax", name="stage")(h)
    model = keras.Model(night, stage)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(527)
    x = rng.normal(size=(48, 10, 3)).astype("float32")
    y = np.digitize(x[:, -3:, 0].mean(1), [-0.25, 0.25]).astype("int32")
    return model, x, y
