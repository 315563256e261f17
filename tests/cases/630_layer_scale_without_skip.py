"""LayerScale (gamma = 0.1) belongs on a residual branch; here the skip connection is missing and each of the six blocks shrinks the signal."""
import keras
import numpy as np
from keras import layers, ops

CODE = "vanishing"
SYMPTOM = "vanishing"
WEIGHTS = ["block_0", "block_1"]
NEEDS_TRAINING = False


class ScaledBlock(layers.Layer):
    def __init__(self, units, gamma=0.1, **kwargs):
        super().__init__(**kwargs)
        self.first = layers.Dense(2 * units, activation="gelu", name="first")
        self.second = layers.Dense(units, name="second")
        self.units, self.gamma_init = units, gamma

    def build(self, input_shape):
        self.first.build(input_shape)
        self.second.build((*input_shape[:-1], 2 * self.units))
        self.gamma = self.add_weight(
            name="gamma", shape=(self.units,), initializer=keras.initializers.Constant(self.gamma_init)
        )

    def call(self, x):
        return self.gamma * self.second(self.first(x))  # BLAME


def build():
    keras.utils.set_random_seed(630)
    model = keras.Sequential([keras.Input((10,)), layers.Dense(12, name="stem")])
    for i in range(6):
        model.add(ScaledBlock(12, name=f"block_{i}"))
    model.add(layers.Dense(3, activation="softmax", name="probs"))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(630)
    x = rng.normal(size=(64, 10)).astype("float32")
    return model, x, x[:, :3].argmax(1)
