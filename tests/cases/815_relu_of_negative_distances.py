"""A prototype network scores with minus the squared distance and then applies a relu: the score is 0 for every prototype."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "dead-activation"
SYMPTOM = "zero"
WEIGHTS = ["embed_1", "embed_2", "prototypes", "classes/kernel"]
NEEDS_TRAINING = False


class PrototypeScores(layers.Layer):
    def __init__(self, count, **kwargs):
        super().__init__(**kwargs)
        self.count = count

    def build(self, input_shape):
        self.prototypes = self.add_weight(
            name="prototypes", shape=(self.count, input_shape[-1]), initializer="random_normal"
        )

    def call(self, z):
        gap = z[:, None, :] - self.prototypes
        score = -tf.reduce_sum(tf.square(gap), axis=-1)
        return tf.nn.relu(score)  # BLAME


def build():
    keras.utils.set_random_seed(615)
    model = keras.Sequential(
        [
            keras.Input((9,)),
            layers.Dense(8, activation="tanh", name="embed_1"),
            layers.Dense(4, name="embed_2"),
            PrototypeScores(5, name="proto"),
            layers.Dense(3, name="classes"),
        ]
    )
    model.compile(
        optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    rng = np.random.default_rng(615)
    return model, rng.normal(size=(64, 9)).astype("float32"), rng.integers(0, 3, 64)
