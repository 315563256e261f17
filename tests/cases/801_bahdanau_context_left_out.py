"""A seq2seq date decoder computes a Bahdanau context, but the readout concatenates the decoder state with the query instead."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["score_keys", "score_query", "score_v"]
NEEDS_TRAINING = False


class Bahdanau(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.w_keys = layers.Dense(units, name="score_keys")
        self.w_query = layers.Dense(units, name="score_query")
        self.v = layers.Dense(1, name="score_v")

    def call(self, query, keys):
        score = self.v(tf.nn.tanh(self.w_keys(keys) + self.w_query(query)[:, None, :]))
        alpha = tf.nn.softmax(score, axis=1)
        return tf.reduce_sum(alpha * keys, axis=1), alpha


class Translator(keras.Model):
    def __init__(self, vocab, **kwargs):
        super().__init__(**kwargs)
        self.embed = layers.Embedding(vocab, 6, name="embed")
        self.encoder = layers.GRU(8, return_sequences=True, return_state=True, name="encoder")
        self.attend = Bahdanau(5, name="attend")
        self.cell = layers.GRUCell(8, name="decoder_cell")
        self.readout = layers.Dense(vocab, name="readout")

    def call(self, tokens):
        keys, state = self.encoder(self.embed(tokens))
        step_logits = []
        for _ in range(3):
            context, _ = self.attend(state, keys)
            query = state
            state, _ = self.cell(query, [query])
            joint = tf.concat([state, query], axis=-1)  # BLAME
            step_logits.append(self.readout(joint))
        return tf.stack(step_logits, axis=1)


def build():
    keras.utils.set_random_seed(601)
    rng = np.random.default_rng(601)
    x = rng.integers(1, 12, (64, 7))
    model = Translator(12)
    model(x[:2])
    model.compile(
        optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    return model, x, x[:, 2:5]
