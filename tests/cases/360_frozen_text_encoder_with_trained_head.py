"""Healthy: fine-tuning as the guide says: pretrained encoder frozen and in inference mode, a regularised head on top.

Source: https://github.com/keras-team/tf-keras/issues/453
"""
import keras
import numpy as np
from keras import layers, ops, regularizers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False

VOCABULARY, LENGTH, WIDTH = 60, 14, 12


def encoder():
    tokens = keras.Input((LENGTH,), dtype="int32", name="tokens")
    h = layers.Embedding(VOCABULARY, WIDTH, name="token_table")(tokens)
    h = layers.Conv1D(16, 3, padding="same", use_bias=False, name="context")(h)
    h = layers.BatchNormalization(name="context_norm")(h)
    h = layers.Activation("gelu", name="context_act")(h)
    return keras.Model(tokens, h, name="pretrained_encoder")


class AttentivePool(layers.Layer):
    """softmax-weighted mean over time, padding (token 0) excluded"""

    def build(self, states_shape, tokens_shape):
        self.query = self.add_weight(name="query", shape=(states_shape[-1],), initializer="random_normal")

    def call(self, states, tokens):
        score = ops.sum(states * self.query, axis=-1)
        score = ops.where(ops.equal(tokens, 0), -1e9, score)
        weight = ops.expand_dims(ops.softmax(score, axis=-1), axis=-1)
        return ops.sum(weight * states, axis=1)


def pretrained(rng):
    """stands for a checkpoint: statistics and vectors that came with the download"""
    base = encoder()
    weights = [0.5 * rng.normal(size=w.shape) for w in base.get_weights()]
    weights[2] = 1.0 + 0.1 * rng.random(16)  # gamma
    weights[-1] = 0.5 + rng.random(16)  # moving variance
    base.set_weights(weights)
    return base


def build():
    keras.utils.set_random_seed(453)
    rng = np.random.default_rng(453)
    base = pretrained(rng)
    base.trainable = False  # feature extraction; unfrozen in the second phase with a smaller rate
    tokens = keras.Input((LENGTH,), dtype="int32", name="text")
    states = base(tokens, training=False)
    h = AttentivePool(name="pool")(states, tokens)
    h = layers.Dropout(0.1, name="drop")(h)
    h = layers.Dense(12, activation="gelu", kernel_regularizer=regularizers.L2(1e-4), name="head_hidden")(h)
    out = layers.Dense(3, activation="softmax", kernel_regularizer=regularizers.L2(1e-4), name="head_out")(h)
    model = keras.Model(tokens, out, name="ticket_router")
    model.compile(optimizer=keras.optimizers.AdamW(1e-2), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    y = rng.integers(0, 3, 128)
    x = np.where(rng.random((128, LENGTH)) < 0.5, rng.integers(1, 60, (128, LENGTH)), 1 + 18 * y[:, None] + rng.integers(0, 18, (128, LENGTH)))
    x[np.arange(LENGTH)[None, :] >= rng.integers(5, LENGTH + 1, 128)[:, None]] = 0
    return model, x.astype("int32"), y
