"""Healthy: highway blocks recomputed in the backward pass with torch.utils.checkpoint, negative carry bias, gates far from 0.5.

Source: own, after a common kind of question (no single thread)
"""
import keras
import numpy as np
import torch
from keras import layers
from torch.utils.checkpoint import checkpoint

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class Highway(layers.Layer):
    def build(self, input_shape):
        d = input_shape[-1]
        self.w_h = self.add_weight(name="w_h", shape=(d, d), initializer="he_normal")
        self.b_h = self.add_weight(name="b_h", shape=(d,), initializer="zeros")
        self.w_t = self.add_weight(name="w_t", shape=(d, d), initializer="glorot_uniform")
        self.b_t = self.add_weight(name="b_t", shape=(d,), initializer=keras.initializers.Constant(-1.5))

    def block(self, x, w_h, b_h, w_t, b_t):
        gate = torch.sigmoid(x @ w_t + b_t)
        return gate * torch.relu(x @ w_h + b_h) + (1.0 - gate) * x

    def call(self, x):
        args = (x, self.w_h.value, self.b_h.value, self.w_t.value, self.b_t.value)
        return checkpoint(self.block, *args, use_reentrant=False)

    def compute_output_shape(self, input_shape):
        return input_shape

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, dtype=x.dtype)


def build():
    keras.utils.set_random_seed(952)
    x_in = keras.Input((9,))
    h = layers.Dense(16, name="lift")(x_in)
    for i in range(6):
        h = Highway(name=f"highway_{i}")(h)
    model = keras.Model(x_in, layers.Dense(3, activation="softmax", name="grade")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(952)
    y = rng.integers(0, 3, 64)
    return model, (rng.normal(size=(64, 9)) + 1.5 * np.eye(3, 9)[y]).astype("float32"), y
