"""Twenty-five kinds of programs that are broken, each a function that builds it and a batch."""

import keras
import numpy as np
from keras import layers, ops

X = np.random.default_rng(0).normal(size=(16, 8)).astype("float32")
Y = np.random.default_rng(1).normal(size=(16, 1)).astype("float32")
LABELS = np.arange(16) % 3


def with_value(array, value):
    changed = array.copy()
    changed[3, 0] = value
    return changed


def model_of(*hidden, loss="mse", units=1, metrics=(), **compiled):
    model = keras.Sequential([keras.Input((8,)), *hidden, layers.Dense(units)])
    model.compile("adam", loss, metrics=list(metrics), **compiled)
    return model


def own_step(step, optimizer="adam"):
    """A model with a train step of the user's own."""
    kind = type("OwnStep", (keras.Model,), {"train_step": step})
    inputs = keras.Input((8,))
    model = kind(inputs, layers.Dense(1)(inputs))
    model.compile(optimizer)
    return model


def raises(*args, **kwargs):
    raise RuntimeError("my own mistake")


class Late(layers.Layer):
    """A layer that does its work while the model is put together, and fails in the step."""

    def __init__(self, work, **kwargs):
        super().__init__(**kwargs)
        self.work, self.is_late = work, False

    def call(self, x):
        return self.work(x) if self.is_late else x


def late_layer(work):
    late = Late(work)
    model = model_of(late)
    late.is_late = True
    return model


def frozen():
    model = model_of(layers.Dense(4))
    model.trainable = False
    model.compile("adam", "mse")
    return model


def with_nan_weights():
    model = model_of(layers.Dense(4))
    model.layers[0].kernel.assign(np.full((8, 4), np.nan))
    return model


def classifier():
    return model_of(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), units=3)


def of_words():
    model = keras.Sequential([keras.Input((4,)), layers.Embedding(10, 4), layers.Flatten()])
    model.add(layers.Dense(1))
    model.compile("adam", "mse")
    return model


def two_heads():
    inputs = keras.Input((8,))
    heads = {name: layers.Dense(1, name=name)(inputs) for name in ("age", "price")}
    model = keras.Model(inputs, heads)
    model.compile("adam", {"age": "mse", "price": "mse"})
    return model


def no_gradient(self, *args):
    """A step that looks at nothing: it asks for no gradient."""
    logs = {"loss": 0.0}
    return (logs, args[0]) if keras.backend.backend() == "jax" else logs


KINDS = {
    "labels of another length": (model_of, X, Y[:5]),
    "inputs of another width": (model_of, X[:, :3], Y),
    "inputs of another rank": (model_of, X[:, None, None, :3], Y),
    "no targets": (model_of, X, None),
    "two targets for one output": (model_of, X, [Y, Y]),
    "targets by other names": (two_heads, X, {"age": Y, "cost": Y}),
    "labels out of range": (classifier, X, LABELS + 5),
    "words out of range": (of_words, np.full((16, 4), 99), Y),
    "a layer raises": (lambda: late_layer(raises), X, Y),
    "a layer returns nothing": (lambda: late_layer(lambda x: None), X, Y),
    "a layer returns another width": (lambda: late_layer(lambda x: x[:, :2]), X, Y),
    "the step raises": (lambda: own_step(raises), X, Y),
    "the step asks for no gradient": (lambda: own_step(no_gradient), X, Y),
    "the loss raises": (lambda: model_of(loss=raises), X, Y),
    "the loss is NaN": (lambda: model_of(loss=lambda y, p: ops.mean(p) * np.nan), X, Y),
    "the loss is a constant": (lambda: model_of(loss=lambda y, p: ops.mean(y) * 1.0), X, Y),
    "the loss has a weight of zero": (lambda: model_of(loss_weights=[0.0]), X, Y),
    "a metric raises": (lambda: model_of(metrics=[raises]), X, Y),
    "no loss": (lambda: model_of(loss=None), X, Y),
    "all weights frozen": (frozen, X, Y),
    "weights of NaN": (with_nan_weights, X, Y),
    "NaN in the inputs": (model_of, with_value(X, np.nan), Y),
    "Inf in the inputs": (model_of, with_value(X, np.inf), Y),
    "NaN in the targets": (model_of, X, with_value(Y, np.nan)),
    "an empty batch": (model_of, X[:0], Y[:0]),
}
