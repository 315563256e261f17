"""The models of the tests: builders that give a compiled model and its data."""

import keras
import numpy as np
from keras import layers, ops

ROWS = 48


def _data(*shape, classes=3):
    rng = np.random.default_rng(3)
    return rng.normal(size=(ROWS, *shape)).astype("float32"), rng.integers(0, classes, ROWS)


def _compiled(model, loss="sparse_categorical_crossentropy", **kwargs):
    """Compiles a model; TensorFlow traces a step twice where it makes the optimizer's variables."""
    model.compile("adam", loss, **kwargs)
    if model.built:
        model.optimizer.build(model.trainable_variables)
    return model


def eagerly(build):
    """Returns the builder of a model that runs without a graph, where that is quicker.

    Tracing takes TensorFlow most of a second: this is for tests of what comes after the step.
    """

    def build_eager():
        model, x, y = build()
        model.run_eagerly = keras.backend.backend() == "tensorflow"
        return model, x, y

    return build_eager


def classifier(**compile_arguments):
    """Dropout, batch normalization and Adam: everything that has a state besides the weights."""
    model = keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(16, activation="relu"),
            layers.Dropout(0.3),
            layers.BatchNormalization(),
            layers.Dense(16, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    return _compiled(model, metrics=["accuracy"], **compile_arguments)


def sequential():
    return classifier(), *_data(8)


def functional():
    image = keras.Input((8, 8, 1))
    h = layers.Conv2D(4, 3, activation="relu")(image)
    skip = layers.Conv2D(4, 1)(h)
    h = layers.add([layers.Conv2D(4, 3, padding="same")(h), skip])
    output = layers.Dense(3, activation="softmax")(layers.Flatten()(h))
    return _compiled(keras.Model(image, output)), *_data(8, 8, 1)


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(6, activation="tanh")
        self.classes = layers.Dense(3, activation="softmax")

    def call(self, x):
        return self.classes(self.hidden(x))


def subclassed():
    return _compiled(Subclassed()), *_data(8)


def nested():
    block = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(8)], name="block")
    model = keras.Sequential([keras.Input((8,)), block, layers.Dense(3, activation="softmax")])
    return _compiled(model), *_data(8)


def shared_layer():
    one = keras.Input((8,))
    dense = layers.Dense(8, activation="tanh", name="shared")
    output = layers.Dense(3, activation="softmax")(dense(dense(one)))
    return _compiled(keras.Model(one, output)), *_data(8)


def two_weights_with_one_path():
    model = keras.Sequential(
        [keras.Input((8,)), layers.Dense(8, activation="relu", name="a"), layers.Dense(3, name="b")]
    )
    for layer in model.layers:
        layer.kernel._path = "twins/kernel"
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return _compiled(model, loss), *_data(8)


def embedding():
    words = keras.Input((5,), dtype="int32")
    h = layers.GlobalAveragePooling1D()(layers.Embedding(1000, 6)(words))
    model = keras.Model(words, layers.Dense(3, activation="softmax")(h))
    rng = np.random.default_rng(3)
    return _compiled(model), rng.integers(0, 40, (ROWS, 5)), rng.integers(0, 3, ROWS)


def recurrent():
    model = keras.Sequential(
        [keras.Input((6, 4)), layers.LSTM(5), layers.Dense(3, activation="softmax")]
    )
    return _compiled(model), *_data(6, 4)


def multi_output():
    x = keras.Input((8,))
    h = layers.Dense(8, activation="relu")(x)
    outputs = {"kind": layers.Dense(3, activation="softmax")(h), "size": layers.Dense(1)(h)}
    model = keras.Model(x, outputs)
    model.compile("adam", {"kind": "sparse_categorical_crossentropy", "size": "mse"})
    data, kinds = _data(8)
    return model, data, {"kind": kinds, "size": data[:, :1]}


def many_weights(count=600):
    """A stack of `count / 2` small residual layers: `count` weights, and two of the classes."""

    class Stack(keras.Model):
        def __init__(self):
            super().__init__()
            self.blocks = [layers.Dense(4, activation="tanh") for _ in range(count // 2 - 1)]
            self.classes = layers.Dense(3, activation="softmax")

        def call(self, x):
            for block in self.blocks:
                x = x + 0.1 * block(x)
            return self.classes(x)

    model = Stack()
    model.compile("sgd", "sparse_categorical_crossentropy")  # Adam takes a minute to trace.
    return model, *_data(4)


class Step(layers.Layer):
    """A layer whose activation has no derivative."""

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], 6))

    def call(self, x):
        return ops.cast(ops.matmul(x, self.kernel) > 0, "float32")


def cut():
    """The kernel of the first layer gets no gradient, the other layer learns."""
    model = keras.Sequential(
        [
            keras.Input((8,)),
            Step(name="step"),
            layers.Dense(3, activation="softmax", name="classes"),
        ]
    )
    return _compiled(model), *_data(8)


def all_cut():
    """No weight gets a gradient: Keras itself raises."""
    model = keras.Sequential([keras.Input((8,)), Step(name="step")])
    data, _ = _data(8)
    return _compiled(model, "mse"), data, data[:, :6]


HEALTHY = (
    sequential,
    functional,
    subclassed,
    nested,
    shared_layer,
    two_weights_with_one_path,
    embedding,
    recurrent,
    multi_output,
)
