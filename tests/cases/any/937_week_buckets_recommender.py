"""Purchase model: a learned recency score is put into buckets, each bucket has an embedding.

Source: https://github.com/keras-team/keras/issues/10321
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "non-differentiable"
ALSO = ("zero-derivative",)
SYMPTOM = "none"
WEIGHTS = ["recency_hidden", "recency_score"]
NEEDS_TRAINING = False


class BucketEmbedding(layers.Layer):
    def __init__(self, boundaries, dim, **kwargs):
        super().__init__(**kwargs)
        self.boundaries = list(boundaries)
        self.dim = dim
        self.table = layers.Embedding(len(self.boundaries) + 1, dim, name="table")

    def build(self, input_shape):
        self.table.build(input_shape)

    def to_bucket(self, score):
        edges = ops.convert_to_tensor(np.array(self.boundaries, dtype="float32"))
        return ops.sum(ops.cast(score >= edges, "int32"), axis=-1)  # BLAME

    def call(self, score):
        bucket = self.to_bucket(score)
        return self.table(bucket)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.dim)


def tower(x, name, units=(16, 8)):
    for i, u in enumerate(units):
        x = layers.Dense(u, activation="relu", name=f"{name}_{i}")(x)
    return x


def build():
    keras.utils.set_random_seed(1001)
    rng = np.random.default_rng(1001)
    history = keras.Input((10,), name="history")
    profile = keras.Input((6,), name="profile")
    r = layers.Dense(12, activation="tanh", name="recency_hidden")(history)
    r = layers.Dense(1, name="recency_score")(r)
    r = BucketEmbedding(np.linspace(-1.0, 1.0, 7), 8, name="recency_bucket")(r)
    p = tower(profile, "profile_tower")
    h = layers.Concatenate()([r, p])
    h = layers.Dense(16, activation="relu", name="merge")(h)
    out = layers.Dense(1, activation="sigmoid", name="buy")(h)
    model = keras.Model([history, profile], out)
    model.compile(optimizer="adam", loss="binary_crossentropy")
    a = rng.normal(size=(64, 10)).astype("float32")
    b = rng.normal(size=(64, 6)).astype("float32")
    return model, [a, b], (a[:, :1] + b[:, :1] > 0).astype("float32")
