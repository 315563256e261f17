"""The pooling takes the softmax of its relevance scores over the last axis, which has length one, so each moment's share is always 1 and the scorer gets no gradient.
Source: https://github.com/DEEP-PolyU/KEQA_WSDM19/issues/2
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "zero-derivative"
ALSO = ("zero-signal", "saturated")
SYMPTOM = "zero"
WEIGHTS = ["relevance_hidden", "relevance_score"]
NEEDS_TRAINING = False
FIT_RAISES = False


class MomentPooling(layers.Layer):
    """Weighs the moments of a match by how relevant they sound."""

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(width, activation="tanh", name="relevance_hidden")
        self.score = layers.Dense(1, use_bias=False, name="relevance_score")

    def build(self, input_shape):
        self.hidden.build(input_shape)
        self.score.build((*input_shape[:-1], self.hidden.units))

    def call(self, moments):
        scores = self.score(self.hidden(moments))
        share = ops.softmax(scores, axis=-1)  # BLAME
        return ops.sum(share * moments, axis=1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[2])


def build():
    keras.utils.set_random_seed(533)
    match = keras.Input((12, 4), name="match")
    h = layers.GRU(6, return_sequences=True, name="listener")(match)
    pooled = MomentPooling(5, name="moment_pooling")(h)
    drama = layers.Dense(1, activation="sigmoid", name="drama")(pooled)
    model = keras.Model(match, drama)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy")
    rng = np.random.default_rng(533)
    x = rng.normal(size=(40, 12, 4)).astype("float32")
    y = (x[:, :, 0].max(1, keepdims=True) > 1.6).astype("float32")
    return model, x, y
