"""A tabular model with 'learned' bucket borders: searchsorted turns the value into a bucket number, the borders never move."""
import keras
import numpy as np
from keras import layers, ops

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["borders"]
NEEDS_TRAINING = False


class LearnedBuckets(layers.Layer):
    def __init__(self, low, high, n, units, **kwargs):
        super().__init__(**kwargs)
        self.low, self.high, self.n = low, high, n
        self.table = layers.Embedding(n + 1, units, name="bucket_table")

    def build(self, input_shape):
        start = np.linspace(self.low, self.high, self.n).astype("float32")
        self.borders = self.add_weight(
            name="borders", shape=(self.n,), initializer=lambda shape, dtype=None: ops.convert_to_tensor(start)
        )
        self.table.build()

    def call(self, value):
        bucket = ops.searchsorted(self.borders, ops.reshape(value, (-1,)))  # BLAME
        return self.table(bucket)


def build():
    keras.utils.set_random_seed(607)
    age = keras.Input((1,), name="age")
    rest = keras.Input((6,), name="rest")
    a = LearnedBuckets(20, 70, 5, 4, name="age_buckets")(age)
    h = layers.Concatenate()([a, rest])
    h = layers.Dense(12, activation="relu", name="mix")(h)
    model = keras.Model({"age": age, "rest": rest}, layers.Dense(1, activation="sigmoid", name="default")(h))
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["auc"])
    rng = np.random.default_rng(607)
    x = {
        "age": rng.uniform(18, 80, (64, 1)).astype("float32"),
        "rest": rng.normal(size=(64, 6)).astype("float32"),
    }
    return model, x, rng.integers(0, 2, (64, 1)).astype("float32")
