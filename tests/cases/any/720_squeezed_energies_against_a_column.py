"""The model squeezes its energies to (batch,), the targets are a column (batch, 1); the Loss subclass subtracts one from the other."""
import keras
import numpy as np
from keras import layers, ops

CODE = "shape-contract"
SYMPTOM = "shape"
WEIGHTS = []
NEEDS_TRAINING = False


class LogCoshPerAtom(keras.losses.Loss):
    def __init__(self, atoms, **kwargs):
        super().__init__(**kwargs)
        self.atoms = atoms

    def call(self, y_true, y_pred):
        gap = (y_pred - y_true) / self.atoms  # BLAME
        return ops.mean(gap + ops.softplus(-2.0 * gap) - ops.log(2.0))


class EnergyModel(keras.Model):
    """Deep-sets energy: one contribution of every atom, added up."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.atom = layers.Dense(16, activation="silu", name="atom")
        self.contribution = layers.Dense(1, name="contribution")

    def call(self, x):
        per_atom = self.contribution(self.atom(x))
        return ops.sum(per_atom, axis=(1, 2))


def build():
    keras.utils.set_random_seed(720)
    rng = np.random.default_rng(720)
    x = rng.normal(size=(64, 5, 4)).astype("float32")
    model = EnergyModel()
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=LogCoshPerAtom(5.0))
    return model, x, (4.0 * x[..., 0].sum(axis=1, keepdims=True)).astype("float32")
