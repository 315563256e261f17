"""Ten highway layers for a character model; the transform bias is negative as in the paper, the carry term is missing.

y = T * H instead of T * H + (1 - T) * x: each layer multiplies signal and gradient by about 0.05.

Source: https://github.com/fomorians/highway-fcn/issues/2
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "vanishing"
SYMPTOM = "vanishing"
WEIGHTS = ["char_embedding", "highway_0", "highway_1"]
NEEDS_TRAINING = False


class Highway(layers.Layer):
    def __init__(self, transform_bias=-3.0, **kwargs):
        super().__init__(**kwargs)
        self.transform_bias = transform_bias

    def build(self, input_shape):
        width = input_shape[-1]
        self.kernel = self.add_weight(name="kernel", shape=(width, width), initializer="glorot_uniform")
        self.bias = self.add_weight(name="bias", shape=(width,), initializer="zeros")
        self.gate_kernel = self.add_weight(name="gate_kernel", shape=(width, width), initializer="glorot_uniform")
        self.gate_bias = self.add_weight(
            name="gate_bias", shape=(width,), initializer=keras.initializers.Constant(self.transform_bias)
        )

    def call(self, x):
        h = ops.tanh(ops.matmul(x, self.kernel) + self.bias)
        t = ops.sigmoid(ops.matmul(x, self.gate_kernel) + self.gate_bias)
        return t * h  # BLAME

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(22)
    text = keras.Input((18,), dtype="int32", name="characters")
    h = layers.Embedding(30, 12, name="char_embedding")(text)
    h = layers.Conv1D(16, 5, activation="tanh", name="ngrams")(h)
    h = layers.GlobalMaxPooling1D(name="pool")(h)
    for i in range(10):
        h = Highway(name=f"highway_{i}")(h)
    model = keras.Model(text, layers.Dense(2, activation="softmax", name="language")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(22)
    y = rng.integers(0, 2, 64)
    x = np.where(rng.random((64, 18)) < 0.5, rng.integers(0, 30, (64, 18)), rng.integers(0, 8, (64, 18)) + 15 * y[:, None])
    return model, x.astype("int32"), y
