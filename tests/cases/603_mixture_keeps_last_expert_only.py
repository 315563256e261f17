"""A soft mixture of experts assigns inside the loop instead of accumulating, so only the last expert is part of the output."""
import keras
import numpy as np
from keras import layers, ops

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["expert_0", "expert_1", "expert_2"]
NEEDS_TRAINING = False


class SoftMixture(layers.Layer):
    def __init__(self, n_experts, units, **kwargs):
        super().__init__(**kwargs)
        self.experts = [layers.Dense(units, activation="gelu", name=f"expert_{i}") for i in range(n_experts)]
        self.router = layers.Dense(n_experts, activation="softmax", name="router")

    def build(self, input_shape):
        for layer in [*self.experts, self.router]:
            layer.build(input_shape)

    def call(self, x):
        gates = self.router(x)
        mixed = 0.0
        for i, expert in enumerate(self.experts):
            mixed = gates[:, i : i + 1] * expert(x)  # BLAME
        return mixed


def build():
    keras.utils.set_random_seed(603)
    features = keras.Input((12,))
    h = layers.Dense(16, activation="relu", name="trunk")(features)
    h = SoftMixture(4, 10, name="mixture")(h)
    model = keras.Model(features, layers.Dense(1, name="ctr")(h))
    model.compile(optimizer="adagrad", loss=keras.losses.BinaryCrossentropy(from_logits=True))
    rng = np.random.default_rng(603)
    x = rng.normal(size=(64, 12)).astype("float32")
    return model, x, (x[:, :1] > 0).astype("float32")
