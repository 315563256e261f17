"""A mixture of experts loops over its experts but always calls the first one."""

import keras
import numpy as np
from keras import layers, ops

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["expert_1", "expert_2"]
NEEDS_TRAINING = False


class Mixture(layers.Layer):
    def __init__(self, count, width, **kwargs):
        super().__init__(**kwargs)
        self.gate = layers.Dense(count, activation="softmax", name="gate")
        self.experts = [layers.Dense(width, name=f"expert_{i}") for i in range(count)]

    def build(self, shape):
        for part in (self.gate, *self.experts):
            part.build(shape)

    def call(self, x):
        share = self.gate(x)
        answers = ops.stack([self.experts[0](x) for _ in self.experts], axis=-1)  # BLAME
        return ops.sum(answers * share[:, None, :], axis=-1)


def build():
    keras.utils.set_random_seed(202)
    inputs = keras.Input((6,))
    mixed = Mixture(3, 4, name="mixture")(inputs)
    model = keras.Model(inputs, layers.Dense(2, name="scores")(layers.LeakyReLU()(mixed)))
    model.compile(
        optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    rng = np.random.default_rng(202)
    x = rng.normal(size=(64, 6)).astype("float32")
    return model, x, (x[:, 0] > 0).astype("int64")
