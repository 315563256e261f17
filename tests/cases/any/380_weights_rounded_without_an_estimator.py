"""Quantisation-aware training for a microcontroller: the kernel is rounded to 4 bits in the forward pass with no straight-through estimator.

Source: https://github.com/qualcomm/aimet/issues/236
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "zero-derivative"
ALSO = ("non-differentiable",)
SYMPTOM = "zero"
SYMPTOM_BY_BACKEND = {"tensorflow": "none"}
WEIGHTS = ["key_one/kernel", "key_two/kernel"]
NEEDS_TRAINING = False


def fake_quantise(w, bits, limit):
    """The value that the integer kernel will have on the device."""
    steps = 2.0 ** (bits - 1) - 1.0
    scaled = ops.clip(w / limit, -1.0, 1.0) * steps
    return ops.round(scaled) * (limit / steps)  # BLAME


class QuantisedDense(layers.Layer):
    def __init__(self, units, bits=4, limit=1.0, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units, self.bits, self.limit = units, bits, limit
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel", shape=(input_shape[-1], self.units), initializer="glorot_uniform"
        )
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, x):
        kernel = fake_quantise(self.kernel, self.bits, self.limit)
        return self.activation(ops.matmul(x, kernel) + self.bias)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)


def build():
    keras.utils.set_random_seed(610)
    frame = keras.Input((20,), name="audio_frame")
    h = layers.BatchNormalization(name="level")(frame)
    h = QuantisedDense(16, activation="relu", name="key_one")(h)
    word = QuantisedDense(4, name="key_two")(h)
    model = keras.Model(frame, word)
    model.compile(
        optimizer=keras.optimizers.Adam(5e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    rng = np.random.default_rng(610)
    y = rng.integers(0, 4, 64)
    x = rng.normal(size=(64, 20)) + 2.0 * np.eye(4, 20)[y]
    return model, x.astype("float32"), y
