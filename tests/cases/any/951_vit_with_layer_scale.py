"""Small ViT-like model whose residual branches start with a LayerScale of 1e-4.

Source: https://github.com/keras-team/keras-io/pull/1855
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
QUIET = ["encoder_0", "encoder_1"]
NEEDS_TRAINING = False


class LayerScale(layers.Layer):
    def __init__(self, init=1e-4, **kwargs):
        super().__init__(**kwargs)
        self.init = init

    def build(self, shape):
        self.gamma = self.add_weight(name="gamma", shape=(shape[-1],), initializer=keras.initializers.Constant(self.init))

    def call(self, x):
        return x * self.gamma


class Encoder(layers.Layer):
    def __init__(self, dim, heads, **kwargs):
        super().__init__(**kwargs)
        self.n1 = layers.LayerNormalization(name="n1")
        self.n2 = layers.LayerNormalization(name="n2")
        self.att = layers.MultiHeadAttention(heads, dim // heads, name="att")
        self.up = layers.Dense(2 * dim, activation="gelu", name="up")
        self.down = layers.Dense(dim, name="down")
        self.s1 = LayerScale(name="s1")
        self.s2 = LayerScale(name="s2")

    def build(self, shape):
        for l in (self.n1, self.n2, self.up, self.s1, self.s2):
            l.build(shape)
        self.att.build(shape, shape)
        self.down.build((*shape[:-1], 2 * shape[-1]))

    def call(self, x):
        h = self.n1(x)
        x = x + self.s1(self.att(h, h))
        return x + self.s2(self.down(self.up(self.n2(x))))


def build():
    keras.utils.set_random_seed(1015)
    rng = np.random.default_rng(1015)
    img = keras.Input((8, 8, 1))
    h = layers.Conv2D(16, 2, strides=2, name="patchify")(img)
    h = layers.Reshape((16, 16))(h)
    for i in range(2):
        h = Encoder(16, 2, name=f"encoder_{i}")(h)
    h = layers.GlobalAveragePooling1D()(layers.LayerNormalization(name="norm")(h))
    out = layers.Dense(2, activation="softmax", name="label")(h)
    model = keras.Model(img, out)
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    y = rng.integers(0, 2, 96)
    x = rng.normal(size=(96, 8, 8, 1)) + np.where(y, 1.0, -1.0)[:, None, None, None] * np.eye(8)[None, :, :, None]
    return model, x.astype("float32"), y
