"""Adaptive computation: the halting probability only decides, through p > 0.5, which state is kept, so nothing teaches it to halt."""
import keras
import numpy as np
from keras import layers, ops

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["halt"]
NEEDS_TRAINING = False


class Ponder(layers.Layer):
    """Refines its state up to a number of times; rows that have halted keep theirs."""

    def __init__(self, width, rounds=3, **kwargs):
        super().__init__(**kwargs)
        self.width, self.rounds = width, rounds
        self.refine = layers.Dense(width, activation="tanh", name="refine")
        self.halt = layers.Dense(1, activation="sigmoid", name="halt")

    def build(self, input_shape):
        self.refine.build(input_shape)
        self.halt.build(input_shape)

    def call(self, state):
        for _ in range(self.rounds):
            p = self.halt(state)
            state = ops.where(p > 0.5, state, self.refine(state))  # BLAME
        return state

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(703)
    puzzle = keras.Input((9,), name="puzzle")
    h = layers.Dense(14, activation="tanh", name="read")(puzzle)
    h = Ponder(14, name="ponder")(h)
    model = keras.Model(puzzle, layers.Dense(3, activation="softmax", name="answer")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(703)
    x = rng.normal(size=(64, 9)).astype("float32")
    return model, x, np.argmax(x[:, :3] * x[:, 3:6], axis=1).astype("int32")
