"""Top-1 routed experts with a balance loss; one expert is chosen only now and then.

Source: https://github.com/labmlai/annotated_deep_learning_paper_implementations/issues/95
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
QUIET = ["expert_"]
NEEDS_TRAINING = False


class SwitchFFN(layers.Layer):
    def __init__(self, n_experts, dim, **kwargs):
        super().__init__(**kwargs)
        self.n_experts, self.dim = n_experts, dim
        self.router = layers.Dense(n_experts, name="router")
        self.experts = [layers.Dense(dim, activation="gelu", name=f"expert_{i}") for i in range(n_experts)]

    def build(self, shape):
        self.router.build(shape)
        for e in self.experts:
            e.build(shape)

    def call(self, x):
        probs = tf.nn.softmax(self.router(x), axis=-1)
        chosen = tf.one_hot(tf.argmax(probs, axis=-1), self.n_experts)
        load = tf.reduce_mean(chosen, axis=0)
        self.add_loss(0.01 * self.n_experts * tf.reduce_sum(load * tf.reduce_mean(probs, axis=0)))
        gate = chosen * probs
        out = tf.stack([e(x) for e in self.experts], axis=1)
        return x + tf.reduce_sum(out * gate[:, :, None], axis=1)


def build():
    keras.utils.set_random_seed(321)
    rng = np.random.default_rng(321)
    inp = keras.Input((8,))
    h = layers.Dense(16, name="embed")(inp)
    h = SwitchFFN(6, 16, name="switch")(h)
    out = layers.Dense(1, name="out")(layers.LayerNormalization(name="norm")(h))
    model = keras.Model(inp, out)
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")
    x = rng.normal(size=(96, 8)).astype("float32")
    return model, x, np.sin(2 * x[:, :1]) + x[:, 1:2]
