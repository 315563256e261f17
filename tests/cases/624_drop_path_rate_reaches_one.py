"""ConvNeXt-like blocks with stochastic depth: the rates run from 0 to 1 (linspace to 1.0), so the last block is dropped at every step."""
import keras
import numpy as np
from keras import layers, ops

CODE = "zero-derivative"
ALSO = ("zero-signal",)
SYMPTOM = "zero"
WEIGHTS = ["block_2_spatial", "block_2_mix", "block_2_norm"]
NEEDS_TRAINING = False
FD = False


class DropPath(layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seed_generator = keras.random.SeedGenerator(7)

    def call(self, branch, training=None):
        if not training or self.rate == 0.0:
            return branch
        keep = 1.0 - self.rate
        draw = keras.random.uniform((ops.shape(branch)[0], 1, 1, 1), seed=self.seed_generator)
        alive = ops.cast(draw < keep, branch.dtype) / max(keep, 1e-3)
        return branch * alive  # BLAME


def build():
    keras.utils.set_random_seed(624)
    image = keras.Input((8, 8, 3))
    h = layers.Conv2D(8, 2, strides=2, name="patchify")(image)
    for i, rate in enumerate(np.linspace(0.0, 1.0, 3)):
        b = layers.DepthwiseConv2D(3, padding="same", name=f"block_{i}_spatial")(h)
        b = layers.LayerNormalization(name=f"block_{i}_norm")(b)
        b = layers.Dense(8, activation="gelu", name=f"block_{i}_mix")(b)
        h = layers.Add()([h, DropPath(float(rate), name=f"block_{i}_drop")(b)])
    h = layers.GlobalAveragePooling2D()(h)
    model = keras.Model(image, layers.Dense(4, activation="softmax", name="classes")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(624)
    return model, rng.normal(size=(64, 8, 8, 3)).astype("float32"), rng.integers(0, 4, 64)
