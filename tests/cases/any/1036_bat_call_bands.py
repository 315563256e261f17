"""The shares of the band experts are wrapped in stop_gradient, so the gate that computes them is never trained.
Source: https://github.com/asyml/texar/issues/65
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["band_gate"]
NEEDS_TRAINING = False
FIT_RAISES = False


class BandMixture(layers.Layer):
    """Three listeners, mixed by a gate that looks at the same call."""

    def __init__(self, listeners, width, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.gate = layers.Dense(listeners, activation="softmax", name="band_gate")
        self.listeners = [
            layers.Dense(width, activation="relu", name=f"band_{i}") for i in range(listeners)
        ]

    def build(self, input_shape):
        self.gate.build(input_shape)
        for listener in self.listeners:
            listener.build(input_shape)

    def call(self, sonogram):
        shares = ops.stop_gradient(self.gate(sonogram))  # BLAME
        heard = ops.stack([listener(sonogram) for listener in self.listeners], axis=1)
        return ops.sum(ops.expand_dims(shares, -1) * heard, axis=1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.width)


def build():
    keras.utils.set_random_seed(536)
    sonogram = keras.Input((16,), name="sonogram")
    h = BandMixture(3, 8, name="band_mixture")(sonogram)
    species = layers.Dense(4, name="species")(h)
    model = keras.Model(sonogram, species)
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    rng = np.random.default_rng(536)
    x = rng.normal(size=(64, 16)).astype("float32")
    y = x[:, :4].argmax(1).astype("int32")
    return model, x, y
