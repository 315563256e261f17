"""Tiny GPT: pre-norm blocks, causal mask and padding mask, tied output table.

Source: https://github.com/huggingface/transformers/issues/2256
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class DecoderBlock(layers.Layer):
    def __init__(self, dim, heads, **kwargs):
        super().__init__(**kwargs)
        self.dim, self.heads = dim, heads
        self.qkv = layers.Dense(3 * dim, name="qkv", kernel_initializer=keras.initializers.RandomNormal(stddev=0.02))
        self.proj = layers.Dense(dim, name="proj", kernel_initializer=keras.initializers.RandomNormal(stddev=0.02))
        self.up = layers.Dense(4 * dim, activation="gelu", name="up")
        self.down = layers.Dense(dim, name="down")
        self.ln1 = layers.LayerNormalization(name="ln1")
        self.ln2 = layers.LayerNormalization(name="ln2")
        self.drop = layers.Dropout(0.1)

    def build(self, shape):
        for l in (self.qkv, self.proj, self.up, self.ln1, self.ln2):
            l.build(shape)
        self.down.build((*shape[:-1], 4 * self.dim))

    def attend(self, x, pad):
        b, t = tf.shape(x)[0], tf.shape(x)[1]
        q, k, v = tf.split(self.qkv(x), 3, axis=-1)
        split = lambda z: tf.transpose(tf.reshape(z, [b, t, self.heads, self.dim // self.heads]), [0, 2, 1, 3])
        q, k, v = split(q), split(k), split(v)
        s = tf.matmul(q, k, transpose_b=True) / float(self.dim // self.heads) ** 0.5
        causal = tf.linalg.band_part(tf.ones([t, t]), -1, 0)
        allow = causal[None, None] * pad[:, None, None, :]
        s = tf.where(allow > 0, s, -1e9)
        o = tf.matmul(tf.nn.softmax(s, -1), v)
        return self.proj(tf.reshape(tf.transpose(o, [0, 2, 1, 3]), [b, t, self.dim]))

    def call(self, x, pad, training=False):
        x = x + self.drop(self.attend(self.ln1(x), pad), training=training)
        return x + self.drop(self.down(self.up(self.ln2(x))), training=training)


class GPT(keras.Model):
    def __init__(self, vocab, length, dim=24, depth=2):
        super().__init__()
        self.tok = layers.Embedding(vocab, dim, name="tok")
        self.pos = layers.Embedding(length, dim, name="pos")
        self.blocks = [DecoderBlock(dim, 3, name=f"block{i}") for i in range(depth)]
        self.ln = layers.LayerNormalization(name="ln_f")

    def call(self, ids, training=False):
        pad = tf.cast(ids > 0, tf.float32)
        h = self.tok(ids) + self.pos(tf.range(tf.shape(ids)[1]))
        for blk in self.blocks:
            blk_out = blk(h, pad, training=training)
            h = blk_out
        return tf.matmul(self.ln(h), tf.convert_to_tensor(self.tok.embeddings), transpose_b=True)


def masked_ce(y, logits):
    ce = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(y, tf.int32), logits)
    m = tf.cast(y > 0, ce.dtype)
    return tf.reduce_sum(ce * m) / tf.reduce_sum(m)


def build():
    keras.utils.set_random_seed(301)
    rng = np.random.default_rng(301)
    start = rng.integers(1, 60, (64, 1))
    seq = (start + np.arange(13)[None] * 3) % 59 + 1
    n = rng.integers(6, 14, (64, 1))
    seq = np.where(np.arange(13)[None] < n, seq, 0).astype("int32")
    model = GPT(200, 12)
    model(seq[:2, :-1])
    model.compile(optimizer=keras.optimizers.AdamW(3e-3), loss=masked_ce)
    return model, seq[:, :-1], seq[:, 1:]
