"""The models that are timed, each a function that gives a compiled model and one batch."""

import contextlib

import keras
import numpy as np
from keras import layers


def tiny_mlp():
    """Half a millisecond a step: what a watch costs here is Python."""
    model = keras.Sequential(
        [
            keras.Input((16,)),
            layers.Dense(32, activation="relu"),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    return _compiled(model), *_images(32, 16)


def digits_cnn():
    """A small convolutional network on images of the size of handwritten digits."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    return _compiled(model), *_images(64, 28, 28, 1)


def resnet50():
    """Much arithmetic a weight: 23.6 million weights on images of 64 x 64."""
    model = keras.applications.ResNet50(weights=None, input_shape=(64, 64, 3), classes=10)
    return _compiled(model), *_images(16, 64, 64, 3)


def resnet50_224():
    """For an accelerator: images of 224 x 224, in bfloat16 with weights of float32."""
    with _policy("mixed_bfloat16"):
        model = keras.applications.ResNet50(weights=None)
    return _compiled(model), *_images(64, 224, 224, 3)


def gpt2_small():
    """For an accelerator: twelve blocks of width 768 in bfloat16, 162 million float32 weights.

    With weights of bfloat16 Adam moves none: its second moment's 0.999 is rounded to 1.
    """
    with _policy("mixed_bfloat16"):
        return transformer(blocks=12, width=768, length=512, vocabulary=50257, heads=12)


def transformer(blocks=6, width=128, length=64, vocabulary=2000, heads=4):
    """A causal language model."""
    tokens = keras.Input((length,), dtype="int32")
    h = layers.Embedding(vocabulary, width)(tokens)
    for _ in range(blocks):
        h = _block(h, width, heads)
    scores = layers.Dense(vocabulary)(layers.LayerNormalization()(h))
    model = keras.Model(tokens, scores)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    text = np.random.default_rng(0).integers(0, vocabulary, (16, length + 1)).astype("int32")
    return _compiled(model, loss), text[:, :-1], text[:, 1:]


def small_weights(count=2000):
    """So many small weights that the launch of operations is all that costs."""

    class Scales(layers.Layer):
        def build(self, input_shape):
            shape = (input_shape[-1],)
            self.scales = [self.add_weight(shape=shape, name=f"s{i}") for i in range(count - 2)]

        def call(self, x):
            for scale in self.scales:
                x = x + 0.01 * scale
            return x

    model = keras.Sequential([keras.Input((16,)), Scales(), layers.Dense(10, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")  # Adam takes minutes to trace.
    return model, *_images(32, 16)


MODELS = {
    "tiny_mlp": tiny_mlp,
    "digits_cnn": digits_cnn,
    "resnet50": resnet50,
    "transformer": transformer,
    "2000_weights": small_weights,
    "resnet50_224": resnet50_224,
    "gpt2_small": gpt2_small,
}


@contextlib.contextmanager
def _policy(name):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _block(h, width, heads):
    attended = layers.MultiHeadAttention(heads, width // heads)(
        *[layers.LayerNormalization()(h)] * 2, use_causal_mask=True
    )
    h = h + attended
    wide = layers.Dense(4 * width, activation="gelu")(layers.LayerNormalization()(h))
    return h + layers.Dense(width)(wide)


def _compiled(model, loss="sparse_categorical_crossentropy"):
    model.compile("adam", loss)
    return model


def _images(rows, *shape):
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, *shape)).astype("float32"), rng.integers(0, 10, rows)
