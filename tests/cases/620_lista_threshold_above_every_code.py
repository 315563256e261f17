"""Unrolled sparse coding (LISTA): the soft threshold was set for pixels in 0..255, the data are standardised, so every code is cut to 0."""
import keras
import numpy as np
from keras import layers, ops

CODE = "dead-activation"
ALSO = ("saturated",)
SYMPTOM = "zero"
WEIGHTS = ["analysis", "lateral"]  # dictionary/kernel is exactly 0 too, as a consequence: all its inputs are 0
NEEDS_TRAINING = False


class Lista(layers.Layer):
    def __init__(self, atoms, rounds=3, threshold=20.0, **kwargs):
        super().__init__(**kwargs)
        self.atoms, self.rounds, self.threshold = atoms, rounds, threshold

    def build(self, input_shape):
        self.analysis = self.add_weight(name="analysis", shape=(input_shape[-1], self.atoms))
        self.lateral = self.add_weight(name="lateral", shape=(self.atoms, self.atoms), initializer="orthogonal")

    def shrink(self, z):
        magnitude = ops.relu(ops.abs(z) - self.threshold)  # BLAME
        return ops.sign(z) * magnitude

    def call(self, x):
        drive = ops.matmul(x, self.analysis)
        code = self.shrink(drive)
        for _ in range(self.rounds):
            code = self.shrink(drive + ops.matmul(code, self.lateral))
        return code


def build():
    keras.utils.set_random_seed(620)
    patch = keras.Input((25,))
    code = Lista(12, name="lista")(patch)
    model = keras.Model(patch, layers.Dense(25, name="dictionary")(code))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(620)
    x = rng.normal(size=(64, 25)).astype("float32")
    return model, x, x
