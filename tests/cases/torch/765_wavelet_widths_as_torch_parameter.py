"""A wavelet front end keeps frequencies and widths in torch.nn.Parameter: torch lists them, Keras does not, the optimizer skips them."""
import keras
import numpy as np
import torch
from keras import layers

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = []
UNTRACKED = ["frequency", "width"]
NEEDS_TRAINING = False


class MorletBank(layers.Layer):
    """Inner products with a bank of wavelets whose shape is learned."""

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters

    def build(self, input_shape):
        shapes = torch.stack([torch.linspace(0.5, 3.0, self.filters), torch.full((self.filters,), 0.4)])
        self.frequency, self.width = [torch.nn.Parameter(row) for row in shapes]  # BLAME
        self.gain = self.add_weight(name="gain", shape=(self.filters,), initializer="ones")

    def call(self, wave):
        t = torch.linspace(-1.0, 1.0, wave.shape[1], device=wave.device)[:, None]
        bank = torch.cos(6.28 * self.frequency * t) * torch.exp(-0.5 * (t / self.width) ** 2)
        return (wave @ bank) * self.gain.value

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.filters)


def build():
    keras.utils.set_random_seed(765)
    wave = keras.Input((25,), name="wave")
    h = MorletBank(7, name="wavelets")(wave)
    h = layers.Dense(12, activation="tanh", name="combine")(h)
    model = keras.Model(wave, layers.Dense(1, name="pitch")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    rng = np.random.default_rng(765)
    pitch = rng.uniform(0.5, 3.0, (64, 1))
    x = np.cos(6.28 * pitch * np.linspace(-1, 1, 25)) + 0.1 * rng.normal(size=(64, 25))
    return model, x.astype("float32"), pitch.astype("float32")
