"""A switch (top-1) mixture of experts dispatches with one_hot(argmax) and never multiplies by the router's probability."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["router"]
NEEDS_TRAINING = False


class SwitchFFN(layers.Layer):
    def __init__(self, experts, units, **kwargs):
        super().__init__(**kwargs)
        self.router = layers.Dense(experts, name="router")
        self.n, self.units = experts, units

    def build(self, input_shape):
        self.router.build(input_shape)
        d = input_shape[-1]
        self.w = self.add_weight(name="experts", shape=(self.n, d, self.units), initializer="glorot_uniform")

    def call(self, x):
        probs = tf.nn.softmax(self.router(x))
        dispatch = tf.one_hot(tf.argmax(probs, axis=-1), self.n)  # BLAME
        out = tf.einsum("btd,edu->bteu", x, self.w)
        return tf.nn.relu(tf.einsum("bteu,bte->btu", out, dispatch))


def build():
    keras.utils.set_random_seed(604)
    tokens = keras.Input((6,), dtype="int32")
    h = layers.Embedding(20, 8, name="embed")(tokens)
    h = layers.LayerNormalization(name="norm")(h)
    h = layers.Add()([h, SwitchFFN(3, 8, name="switch")(h)])
    out = layers.Dense(1, name="score")(layers.GlobalAveragePooling1D()(h))
    model = keras.Model(tokens, out)
    model.compile(optimizer="adamw", loss="mse")
    rng = np.random.default_rng(604)
    x = rng.integers(0, 20, (64, 6))
    return model, x, x.mean(axis=1, keepdims=True).astype("float32") / 10
