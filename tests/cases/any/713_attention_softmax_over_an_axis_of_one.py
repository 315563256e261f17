"""Attention pooling scores every time step with Dense(1) and takes the softmax over that last axis: every weight is 1, for ever."""
import keras
import numpy as np
from keras import layers, ops

CODE = "zero-derivative"
ALSO = ("saturated",)
SYMPTOM = "zero"
WEIGHTS = ["score_hidden", "score_out"]
NEEDS_TRAINING = False


class AttentionPool(layers.Layer):
    def __init__(self, hidden, **kwargs):
        super().__init__(**kwargs)
        self.score_hidden = layers.Dense(hidden, activation="tanh", name="score_hidden")
        self.score_out = layers.Dense(1, name="score_out")

    def build(self, input_shape):
        self.score_hidden.build(input_shape)
        self.score_out.build((*input_shape[:-1], self.score_hidden.units))

    def call(self, steps):
        score = self.score_out(self.score_hidden(steps))
        attention = ops.softmax(score, axis=-1)  # BLAME
        return ops.sum(attention * steps, axis=1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])


def build():
    keras.utils.set_random_seed(713)
    log = keras.Input((10,), dtype="int32", name="log")
    h = layers.Embedding(25, 12, name="events")(log)
    h = layers.GRU(12, return_sequences=True, name="history")(h)
    h = AttentionPool(8, name="pool")(h)
    model = keras.Model(log, layers.Dense(1, activation="sigmoid", name="churn")(h))
    model.compile(optimizer="adam", loss="binary_crossentropy")
    rng = np.random.default_rng(713)
    x = rng.integers(0, 25, (64, 10)).astype("int32")
    return model, x, (x == 3).any(axis=1)[:, None].astype("float32")
