"""The patch encoder of a small vision transformer makes a class token and then forgets to put it in front of the patches.

Source: https://github.com/Project-MONAI/MONAI/issues/3454
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["patch_encoder/class_token"]
NEEDS_TRAINING = False


class PatchEncoder(layers.Layer):
    """Cuts a picture into patches, projects them and adds positions."""

    def __init__(self, patch, width, **kwargs):
        super().__init__(**kwargs)
        self.patch, self.width = patch, width
        self.projection = layers.Dense(width, name="projection")

    def build(self, input_shape):
        side = input_shape[1] // self.patch
        self.count = side * side
        self.depth = self.patch * self.patch * input_shape[-1]
        small = keras.initializers.RandomNormal(stddev=0.02)
        self.class_token = self.add_weight(name="class_token", shape=(1, 1, self.width), initializer=small)  # BLAME
        self.positions = self.add_weight(name="positions", shape=(1, self.count, self.width), initializer=small)
        self.projection.build((None, self.count, self.depth))

    def call(self, pictures):
        patches = ops.image.extract_patches(pictures, size=self.patch)
        patches = ops.reshape(patches, (-1, self.count, self.depth))
        return self.projection(patches) + self.positions


def block(tokens, width, name):
    query = layers.Dense(width, use_bias=False, name=f"{name}_query")(tokens)
    value = layers.Dense(width, use_bias=False, name=f"{name}_value")(tokens)
    tokens = layers.Add()([tokens, layers.Attention(name=f"{name}_attention")([query, value])])
    h = layers.Dense(2 * width, activation="relu", name=f"{name}_up")(tokens)
    return layers.Add()([tokens, layers.Dense(width, name=f"{name}_down")(h)])


def build():
    keras.utils.set_random_seed(604)
    pictures = keras.Input((12, 12, 1), name="picture")
    tokens = PatchEncoder(4, 16, name="patch_encoder")(pictures)
    tokens = block(tokens, 16, "block")
    model = keras.Model(pictures, layers.Dense(3, activation="softmax", name="organ")(tokens[:, 0]))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(604)
    y = rng.integers(0, 3, 64)
    x = rng.normal(size=(64, 12, 12, 1))
    x[np.arange(64), 3 * y, :, 0] += 2.0
    return model, x.astype("float32"), y
