"""The bags of a multiple-instance model are scored one by one and collected with torch.tensor([...]), which copies the numbers and leaves the graph behind.

Source: https://discuss.pytorch.org/t/gradient-is-lost-when-use-torch-tensor-t1-t2/23261
"""
import keras
import numpy as np
import torch
from keras import layers

CODE = "stop-gradient"
ALSO = ("host-call", "non-differentiable")
SYMPTOM = "none"
WEIGHTS = ["instance_hidden", "instance_score"]
NEEDS_TRAINING = False


def noisy_or(scores):
    """Probability that at least one instance of the bag is positive."""
    return 1.0 - torch.prod(1.0 - torch.sigmoid(scores))


class BagScore(layers.Layer):
    """One number for each bag; only the first `size` instances of a bag are real."""

    def call(self, scores, sizes):
        per_bag = [noisy_or(bag[: int(size)]) for bag, size in zip(scores[..., 0], sizes[:, 0])]
        return torch.tensor([[p] for p in per_bag], dtype=scores.dtype)  # BLAME

    def compute_output_shape(self, scores_shape, sizes_shape):
        return (scores_shape[0], 1)


def build():
    keras.utils.set_random_seed(662)
    cells = keras.Input((8, 6), name="cells")
    sizes = keras.Input((1,), dtype="int32", name="sizes")
    patient = keras.Input((3,), name="patient")
    h = layers.Dense(12, activation="relu", name="instance_hidden")(cells)
    scores = layers.Dense(1, name="instance_score")(h)
    bag = BagScore(name="bag_score")(scores, sizes)
    joined = layers.Concatenate()([bag, patient])
    model = keras.Model([cells, sizes, patient], layers.Dense(1, activation="sigmoid", name="ill")(joined))
    model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="binary_crossentropy", metrics=["accuracy"])

    rng = np.random.default_rng(662)
    ill = rng.random(64) < 0.5
    x = rng.normal(size=(64, 8, 6))
    x[ill, 0] += 2.0
    n = rng.integers(3, 9, (64, 1)).astype("int32")
    age = rng.normal(size=(64, 3)).astype("float32")
    return model, [x.astype("float32"), n, age], ill.astype("float32")[:, None]
