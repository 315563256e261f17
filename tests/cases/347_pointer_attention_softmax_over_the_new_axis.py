"""Attention pooling in a reading model expands the scores before the softmax, so it normalises an axis of length one.

All weights are exactly 1, the context is a plain sum and the scoring layers get a gradient of exactly 0.

Source: https://github.com/localminimum/R-net/issues/8
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "zero-derivative"
ALSO = ["saturated"]
SYMPTOM = "zero"
WEIGHTS = ["attend_passage", "attend_question", "score_vector"]
NEEDS_TRAINING = False


class AttentionPool(layers.Layer):
    """additive attention of one question vector over the passage"""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.attend_passage = layers.Dense(units, use_bias=False, name="attend_passage")
        self.attend_question = layers.Dense(units, use_bias=False, name="attend_question")

    def build(self, passage_shape, question_shape):
        self.attend_passage.build(passage_shape)
        self.attend_question.build(question_shape)
        self.v = self.add_weight(name="score_vector", shape=(self.attend_passage.units,), initializer="random_normal")

    def call(self, passage, question):
        mixed = tf.tanh(self.attend_passage(passage) + self.attend_question(question)[:, None, :])
        scores = tf.einsum("btu,u->bt", mixed, tf.convert_to_tensor(self.v))
        scores = tf.expand_dims(scores, axis=-1)
        weights = tf.nn.softmax(scores)  # BLAME
        return tf.reduce_sum(weights * passage, axis=1)

    def compute_output_shape(self, passage_shape, question_shape):
        return passage_shape[0], passage_shape[-1]


def build():
    keras.utils.set_random_seed(8)
    passage = keras.Input((15,), dtype="int32", name="passage")
    question = keras.Input((4,), dtype="int32", name="question")
    embed = layers.Embedding(50, 10, name="embed")
    p = layers.Bidirectional(layers.GRU(8, return_sequences=True), name="passage_gru")(embed(passage))
    q = layers.GRU(16, name="question_gru")(embed(question))
    context = AttentionPool(12, name="attention")(p, q)
    h = layers.Concatenate(name="joint")([context, q])
    model = keras.Model([passage, question], layers.Dense(5, activation="softmax", name="answer")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(8)
    x = rng.integers(5, 50, (64, 15)).astype("int32")
    asked = rng.integers(5, 50, (64, 4)).astype("int32")
    y = rng.integers(0, 5, 64)
    for i in range(64):
        at = rng.integers(0, 14)
        x[i, at], x[i, at + 1] = asked[i, 0], y[i]
    return model, [x, asked], y
