"""Faulty programs that came later, each with a repaired twin."""

import keras
import numpy as np
from keras import initializers, layers, ops, optimizers

from benchmarks.detection.programs import corpus
from benchmarks.detection.programs.corpus import CE
from benchmarks.detection.programs.faulty import DEAD, NON_FINITE, TOO_FAST, TOO_SLOW
from benchmarks.detection.programs.later_healthy import _flat, _stack, _table


def counts_of_raw_inputs(fault):
    x, y = (corpus.measurements if fault else _table)("wine")
    model = _stack(
        (13,),
        layers.Dense(16, "relu"),
        layers.Dense(1, "exponential"),
        optimizer=optimizers.SGD(0.01),
        loss="poisson",
    )
    return model, x, (1.0 + y).astype("float32")[:, None]


def rate_of_fine_tuning(fault):
    x, y = corpus.digits()
    model = _stack(
        (8, 8, 1),
        layers.Conv2D(16, 3, activation="relu"),
        layers.Flatten(),
        layers.Dense(32, "relu"),
        layers.Dense(10, "softmax"),
        optimizer=optimizers.SGD(1e-6 if fault else 0.1),
        loss=CE,
    )
    return model, x, y


def gates_of_raw_pixels(fault):
    x, y = corpus.digits()
    x = x[..., 0] * (255 if fault else 1)
    model = _stack(
        (8, 8),
        layers.GRU(32),
        layers.Dense(10, "softmax"),
        optimizer=optimizers.Adam(1e-3 if fault else 5e-3),
        loss=CE,
    )
    return model, x, y


def zero_initializer(fault):
    x, y = corpus.digits()
    init = "zeros" if fault else "glorot_uniform"
    model = _stack(
        (8, 8, 1),
        layers.Conv2D(16, 3, activation="relu", kernel_initializer=init),
        layers.Flatten(),
        layers.Dense(32, "relu", kernel_initializer=init),
        layers.Dense(10, "softmax", kernel_initializer=init),
        optimizer="adam",
        loss=CE,
    )
    return model, x, y


def accuracy_as_loss(fault):
    """A count of right answers has no slope."""

    def wrong(y, p):
        y = ops.cast(ops.reshape(y, (-1,)), "int32")
        if not fault:
            return 1 - ops.sum(ops.one_hot(y, 10) * p, -1)
        sure = ops.cast(ops.equal(p, ops.max(p, -1, keepdims=True)), p.dtype)
        return 1 - ops.sum(ops.one_hot(y, 10) * sure * (p / ops.stop_gradient(p) * 0 + 1), -1)

    x, y = _flat()
    model = _stack(
        (64,),
        layers.Dense(32, "relu"),
        layers.Dense(10, "softmax"),
        optimizer=optimizers.Adam(5e-3),
        loss=wrong,
    )
    return model, x, y


def missing_values(fault):
    x, y = _table("breast_cancer")
    x = np.where(np.random.default_rng(0).random(x.shape) < 0.01, np.nan if fault else 0, x)
    model = _stack(
        (30,),
        layers.Dense(16, "relu"),
        layers.Dense(1, "sigmoid"),
        optimizer="adam",
        loss="binary_crossentropy",
    )
    return model, x.astype("float32"), y.astype("float32")[:, None]


def adam_of_one(fault):
    x, y = _flat()
    model = _stack(
        (64,),
        *[layers.Dense(48, "relu") for _ in range(3)],
        layers.Dense(10, "softmax"),
        optimizer=optimizers.Adam(1.0 if fault else 1e-3),
        loss=CE,
    )
    return model, x, y


def tiny_initializer(fault):
    x, y = _flat()
    init = initializers.RandomNormal(stddev=0.01) if fault else "he_normal"
    model = _stack(
        (64,),
        *[layers.Dense(32, "relu", kernel_initializer=init) for _ in range(10)],
        layers.Dense(10, "softmax"),
        optimizer=optimizers.SGD(0.02),
        loss=CE,
    )
    return model, x, y


def clipped_to_nothing(fault):
    x, y = _flat()
    optimizer = optimizers.SGD(0.1, clipvalue=1e-9 if fault else 1.0)
    model = _stack(
        (64,), layers.Dense(32, "relu"), layers.Dense(10, "softmax"), optimizer=optimizer, loss=CE
    )
    return model, x, y


def distance_of_equals(fault):
    """Pairs of images, some of them twice the same: the root has no slope at 0."""
    x, y = _flat()
    other = np.random.default_rng(0).permutation(len(x))
    other[::10] = np.arange(len(x))[::10]
    one, two = keras.Input((64,)), keras.Input((64,))
    tower = keras.Sequential([layers.Dense(32, "relu"), layers.Dense(16)])
    square = ops.sum(ops.square(tower(one) - tower(two)), -1, keepdims=True)
    far = ops.sqrt(square if fault else square + 1e-6)
    model = keras.Model([one, two], layers.Dense(1, "sigmoid")(far))
    model.compile(optimizers.Adam(5e-3), "binary_crossentropy")
    return model, [x, x[other]], (y == y[other]).astype("float32")[:, None]


def too_much_momentum(fault):
    x, y = _table("diabetes")
    optimizer = optimizers.SGD(0.1 if fault else 0.01, momentum=0.99 if fault else 0.9)
    model = _stack(
        (10,), layers.Dense(32, "tanh"), layers.Dense(1), optimizer=optimizer, loss="mse"
    )
    return model, x, ((y - y.mean()) / y.std()).astype("float32")[:, None]


def cold_softmax(fault):
    """A softmax of a low temperature in the middle."""
    x, y = _flat()
    inputs = keras.Input((64,))
    h = layers.Dense(32, "relu")(inputs)
    scores = layers.Dense(16)(h) * (1e4 if fault else 1.0)
    h = layers.Dense(32, "relu")(ops.softmax(scores))
    model = keras.Model(inputs, layers.Dense(10, "softmax")(h))
    model.compile(optimizers.Adam(5e-3), CE)
    return model, x, y


PROGRAMS = {
    counts_of_raw_inputs: dict(symptoms=TOO_FAST, epochs=10, start=True),
    rate_of_fine_tuning: dict(symptoms=TOO_SLOW, batch=32, epochs=8),
    gates_of_raw_pixels: dict(symptoms=("zero", "vanishing", "dead-channels"), batch=32, epochs=8),
    zero_initializer: dict(symptoms=("zero",), batch=32, epochs=8),
    accuracy_as_loss: dict(symptoms=("zero", "missing"), batch=32, epochs=8, start=True),
    missing_values: dict(symptoms=NON_FINITE, epochs=8),
    adam_of_one: dict(symptoms=TOO_FAST, batch=32, epochs=8),
    tiny_initializer: dict(symptoms=("vanishing", "zero"), batch=32, epochs=10),
    clipped_to_nothing: dict(symptoms=("frozen",), batch=32, epochs=8),
    distance_of_equals: dict(symptoms=NON_FINITE, batch=32, epochs=8),
    too_much_momentum: dict(symptoms=TOO_FAST, epochs=10),
    cold_softmax: dict(symptoms=("zero", "vanishing", *DEAD), batch=32, epochs=8),
}
