"""An evidence reader keeps only the best sentence of a document by one_hot(argmax), so the sentence scorer never learns.

Source: https://github.com/keras-team/keras/issues/11157
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["sentence_score"]
NEEDS_TRAINING = False

SENTENCES = 6
WORDS = 5
VOCABULARY = 40


class EvidencePicker(layers.Layer):
    """scores every sentence and passes on the one with the highest score"""

    def __init__(self, hidden, **kwargs):
        super().__init__(**kwargs)
        self.score_hidden = layers.Dense(hidden, activation="tanh", name="sentence_score_hidden")
        self.score_out = layers.Dense(1, name="sentence_score_out")

    def build(self, input_shape):
        self.score_hidden.build(input_shape)
        self.score_out.build((*input_shape[:-1], self.score_hidden.units))

    def call(self, sentences):
        scores = self.score_out(self.score_hidden(sentences))[..., 0]
        chosen = ops.one_hot(ops.argmax(scores, axis=-1), SENTENCES)  # BLAME
        return ops.einsum("bs,bsd->bd", chosen, sentences)


def build():
    keras.utils.set_random_seed(364)
    words = keras.Input((SENTENCES, WORDS), dtype="int32", name="words")
    vectors = layers.Embedding(VOCABULARY, 8, name="word_vectors")(words)
    sentences = layers.Lambda(lambda v: ops.mean(v, axis=2), name="sentence_mean")(vectors)
    evidence = EvidencePicker(6, name="evidence")(sentences)
    h = layers.Dense(10, activation="elu", name="claim_hidden")(evidence)
    verdict = layers.Dense(1, activation="sigmoid", name="claim_verdict")(h)
    model = keras.Model(words, verdict, name="fact_checker")
    model.compile(optimizer="adam", loss="binary_crossentropy")
    rng = np.random.default_rng(364)
    x = rng.integers(0, VOCABULARY, (64, SENTENCES, WORDS)).astype("int32")
    y = (x.min(axis=(1, 2)) == 0).astype("float32")[:, None]
    return model, x, y
