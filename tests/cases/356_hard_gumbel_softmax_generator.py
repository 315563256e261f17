"""Healthy: a sentence generator passes hard one-hot words to a classifier; straight-through Gumbel softmax, argmax and all.

Source: https://github.com/keras-team/keras/issues/10938
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False  # straight-through, and new noise in every call

WORDS, LENGTH = 20, 6


class HardGumbel(layers.Layer):
    """forward: one-hot of the argmax; backward: the softmax at temperature tau"""

    def __init__(self, tau=1.0, **kwargs):
        super().__init__(**kwargs)
        self.tau = tau
        self.seed_generator = keras.random.SeedGenerator(10938)

    def call(self, logits, training=False):
        if training:
            uniform = keras.random.uniform(tf.shape(logits), 1e-6, 1.0 - 1e-6, seed=self.seed_generator)
            logits = logits - tf.math.log(-tf.math.log(uniform))
        soft = tf.nn.softmax(logits / self.tau)
        hard = tf.one_hot(tf.argmax(soft, axis=-1), WORDS)
        return soft + tf.stop_gradient(hard - soft)

    def compute_output_shape(self, input_shape):
        return input_shape


class OneHotEmbedding(layers.Layer):
    """an embedding for one-hot (or soft) words, so that the gradient can pass"""

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.width = width

    def build(self, input_shape):
        self.table = self.add_weight(name="table", shape=(input_shape[-1], self.width), initializer="glorot_uniform")

    def call(self, words):
        return tf.matmul(words, self.table)


def build():
    keras.utils.set_random_seed(10938)
    topic = keras.Input((8,), name="topic")
    h = layers.Dense(24, activation="tanh", name="plan")(topic)
    h = layers.RepeatVector(LENGTH, name="steps")(h)
    h = layers.GRU(24, return_sequences=True, reset_after=False, name="writer")(h)
    words = HardGumbel(tau=0.8, name="words")(layers.Dense(WORDS, name="word_logits")(h))
    e = OneHotEmbedding(12, name="reader_embedding")(words)
    h = layers.Conv1D(16, 2, activation="gelu", name="reader_conv")(e)
    h = layers.GlobalAveragePooling1D(name="reader_pool")(h)
    model = keras.Model(topic, layers.Dense(4, name="style")(h), name="writer_and_reader")
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(5e-3), loss=loss, metrics=["accuracy"])
    rng = np.random.default_rng(10938)
    y = rng.integers(0, 4, 128)
    centre = rng.normal(size=(4, 8))
    x = centre[y] + 0.3 * rng.normal(size=(128, 8))
    return model, x.astype("float32"), y
