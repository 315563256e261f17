"""A hand-made bidirectional reader concatenates the forward summary with itself; what the backward reader made is not looked at."""
import keras
import numpy as np
from keras import layers, ops

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["backward_in", "backward_rec"]
NEEDS_TRAINING = False


class TwoWayReader(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        width = input_shape[-1]
        for side in ("forward", "backward"):
            setattr(self, f"{side}_in", self.add_weight(name=f"{side}_in", shape=(width, self.units)))
            setattr(
                self,
                f"{side}_rec",
                self.add_weight(name=f"{side}_rec", shape=(self.units, self.units), initializer="orthogonal"),
            )

    def read(self, steps, kernel, recurrent):
        state = ops.zeros_like(ops.matmul(steps[0], kernel))
        for step in steps:
            state = ops.tanh(ops.matmul(step, kernel) + ops.matmul(state, recurrent))
        return state

    def call(self, sequence):
        steps = [sequence[:, t] for t in range(sequence.shape[1])]
        forward = self.read(steps, self.forward_in, self.forward_rec)
        backward = self.read(steps[::-1], self.backward_in, self.backward_rec)
        summary = ops.concatenate([forward, forward], axis=-1)  # BLAME
        return summary

    def compute_output_shape(self, input_shape):
        return (input_shape[0], 2 * self.units)


def build():
    keras.utils.set_random_seed(702)
    strokes = keras.Input((7, 3), name="strokes")
    h = TwoWayReader(10, name="reader")(strokes)
    model = keras.Model(strokes, layers.Dense(4, activation="softmax", name="letter")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(702)
    x = rng.normal(size=(64, 7, 3)).astype("float32")
    return model, x, (2 * (x[:, 0, 0] > 0) + (x[:, -1, 1] > 0)).astype("int32")
