"""A rate neuron fires on relu(drive - 8), but the drive comes out of a LayerNormalization over 16 units, which cannot exceed 3.9."""
import keras
import numpy as np
from keras import layers, ops

CODE = "dead-activation"
SYMPTOM = "zero"
WEIGHTS = ["synapse", "homeostasis", "readout/kernel"]
NEEDS_TRAINING = False


class RateNeurons(layers.Layer):
    """Firing rate of a population with a fixed threshold."""

    def __init__(self, threshold=8.0, gain=0.5, **kwargs):
        super().__init__(**kwargs)
        self.threshold, self.gain = threshold, gain

    def call(self, drive):
        rate = self.gain * ops.relu(drive - self.threshold)  # BLAME
        return rate / (1.0 + rate)


def build():
    keras.utils.set_random_seed(711)
    stimulus = keras.Input((20, 3), name="stimulus")
    h = layers.Conv1D(16, 5, strides=2, name="synapse")(stimulus)
    h = layers.LayerNormalization(name="homeostasis")(h)
    h = RateNeurons(name="neurons")(h)
    h = layers.GlobalMaxPooling1D()(h)
    model = keras.Model(stimulus, layers.Dense(2, name="readout")(h))
    model.compile(optimizer="adam", loss="huber")
    rng = np.random.default_rng(711)
    x = rng.normal(size=(64, 20, 3)).astype("float32")
    return model, x, x.mean(axis=1)[:, :2] * 4.0
