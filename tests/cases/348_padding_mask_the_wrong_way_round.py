"""A text CNN multiplies its embeddings with the padding mask the wrong way round; the texts here have no padding at all.

The mask is 1 where there is padding. Everything that enters the convolution is 0, and so are the gradients.

Source: https://github.com/jadore801120/attention-is-all-you-need-pytorch/issues/57
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "zero-signal"
ALSO = ["zero-derivative"]
SYMPTOM = "zero"
WEIGHTS = ["token_embedding", "trigram/kernel"]
NEEDS_TRAINING = False

PAD = 0


class MaskedEmbedding(layers.Layer):
    def __init__(self, vocabulary, width, **kwargs):
        super().__init__(**kwargs)
        self.vocabulary, self.width = vocabulary, width

    def build(self, input_shape):
        self.table = self.add_weight(
            name="token_embedding", shape=(self.vocabulary, self.width), initializer="random_normal"
        )
        self.position = self.add_weight(
            name="position", shape=(input_shape[-1], self.width), initializer="random_normal", trainable=False
        )

    def call(self, tokens):
        vectors = ops.take(self.table, tokens, axis=0) + self.position
        return vectors * ops.cast(ops.equal(tokens, PAD), vectors.dtype)[..., None]  # BLAME

    def compute_output_shape(self, input_shape):
        return tuple(input_shape) + (self.width,)


def reviews(n, rng):
    """windows of exactly twelve words: the crawler cuts long texts and drops short ones"""
    stars = rng.integers(0, 2, n)
    neutral = rng.integers(20, 60, (n, 12))
    loaded = 1 + rng.integers(0, 9, (n, 12)) + 9 * stars[:, None]
    return np.where(rng.random((n, 12)) < 0.3, loaded, neutral).astype("int32"), stars


def build():
    keras.utils.set_random_seed(57)
    tokens = keras.Input((12,), dtype="int32", name="tokens")
    h = MaskedEmbedding(60, 10, name="embedding")(tokens)
    h = layers.Conv1D(16, 3, activation="gelu", name="trigram")(h)
    h = layers.GlobalAveragePooling1D(name="pool")(h)
    h = layers.Dense(8, activation="gelu", name="hidden")(h)
    model = keras.Model(tokens, layers.Dense(1, activation="sigmoid", name="positive")(h))
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="binary_crossentropy", metrics=["accuracy"])
    x, y = reviews(96, np.random.default_rng(57))
    return model, x, y.astype("float32")[:, None]
