"""A squared relu with a memory-saving backward pass; the hand-written derivative is relu(x) instead of 2 relu(x)."""
import keras
import numpy as np
from keras import layers, ops

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["patch_embed", "token_up", "token_down", "channel_up"]
NEEDS_TRAINING = False


@ops.custom_gradient
def squared_relu(x):
    positive = ops.maximum(x, 0.0)

    def grad(*args, upstream=None):
        if upstream is None:
            (upstream,) = args
        return upstream * positive  # BLAME

    return ops.square(positive), grad


class SquaredRelu(layers.Layer):
    def call(self, x):
        return squared_relu(x)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(715)
    patches = keras.Input((6, 5), name="patches")
    h = layers.Dense(8, name="patch_embed")(patches)
    t = layers.Permute((2, 1))(h)
    t = SquaredRelu(name="token_act")(layers.Dense(12, name="token_up")(t))
    t = layers.Dense(6, name="token_down")(t)
    h = layers.Permute((2, 1))(t)
    c = SquaredRelu(name="channel_act")(layers.Dense(16, name="channel_up")(h))
    c = layers.Dense(8, name="channel_down")(c)
    h = layers.GlobalAveragePooling1D()(c)
    model = keras.Model(patches, layers.Dense(1, name="quality")(h))
    model.compile(optimizer=keras.optimizers.SGD(1e-2), loss="mse")
    rng = np.random.default_rng(715)
    x = rng.normal(size=(64, 6, 5)).astype("float32")
    return model, x, (x.std(axis=(1, 2))[:, None] * 3.0).astype("float32")
