"""Faulty models that no threshold was chosen on: the same kinds of fault in other models."""

from functools import partial

import keras
from keras import constraints, layers, ops

from benchmarks.detection import data
from benchmarks.detection import families as f
from benchmarks.detection import second_families as u
from benchmarks.detection.faulty import (
    SATURATED,
    TOO_FAST,
    TOO_SLOW,
    adam,
    fault,
    sgd,
)


def _rmsprop(rate):
    return partial(keras.optimizers.RMSprop, rate)


def _in_time(x, bias=0.0, scale=1.0, activation="relu", depth=3):
    for _ in range(depth):
        x = layers.Conv1D(16, 3, padding="same", bias_initializer=f.constant(bias))(x)
        x = layers.Activation(activation)(x) * scale
    return layers.Flatten()(x)


def _stacked_softmax(x, activation):
    for _ in range(7):
        x = layers.Dense(24, activation)(x)
    return x


def _squared(x, activation):
    for _ in range(5):
        x = layers.Dense(32, kernel_initializer=f.normal(0.3))(x)
        x = ops.square(x) if activation == "square" else ops.relu(x)
    return x


def _distance(root):
    """Pairs and their distance, whose root has no derivative where the two are the same."""
    (x, other), y = data.pairs()
    other[::4], y[::4] = x[::4], 1
    tower = keras.Sequential([layers.Dense(32, "relu"), layers.Dense(16)])
    inputs = [keras.Input((64,)), keras.Input((64,))]
    square = ops.square(tower(inputs[0]) - tower(inputs[1]))
    outputs = layers.Dense(1, "sigmoid")(ops.sqrt(square) if root else ops.sqrt(square + 1e-3))
    model = keras.Model(inputs, outputs)
    model.compile("adam", "binary_crossentropy")
    return model, [x, other], y


def _shares(x, margin):
    """Each row of the image divided by its sum, which can be 0."""
    rows = ops.reshape(layers.Dense(64, "relu")(x), (-1, 8, 8))
    return layers.Flatten()(rows / (ops.sum(rows, axis=-1, keepdims=True) + margin))


def _power(x, margin):
    h = layers.Dense(32, "relu")(x)
    return ops.power(h + margin, 0.3)


def _bare_entropy(y, p):
    y = ops.cast(y, p.dtype)
    return -ops.mean(y * ops.log(p) + (1 - y) * ops.log(1 - p))


def _bare_exponential(y, p):
    return ops.mean(ops.exp(p) - y * p)


def _zero_tower(zero):
    """A siamese tower whose kernels are all 0: the two of a pair are never apart."""
    (x, other), y = data.pairs()
    start = "zeros" if zero else "glorot_uniform"
    tower = keras.Sequential(
        [
            layers.Dense(32, "relu", kernel_initializer=start),
            layers.Dense(16, kernel_initializer=start),
        ]
    )
    inputs = [keras.Input((64,)), keras.Input((64,))]
    gap = ops.abs(tower(inputs[0]) - tower(inputs[1]))
    model = keras.Model(inputs, layers.Dense(1, "sigmoid")(gap))
    model.compile("adam", "binary_crossentropy")
    return model, [x, other], y


def _attended(x, scale):
    """Attention over the rows whose scores are multiplied by a large number."""
    shares = ops.softmax(layers.Dense(1)(x) * scale, axis=1)
    return layers.Dense(32, "relu")(layers.Flatten()(8 * x * shares))


def _gated(x, scale):
    return layers.Dense(32, "tanh")(x * scale) * layers.Dense(32, "sigmoid")(x * scale)


CASES = [
    fault("dying: autoencoder", u.reconstructing, dict(bias_initializer=f.constant(-3.0))),
    fault(
        "dying: convolutions in time",
        f.functional,
        dict(body=partial(_in_time, bias=-3.0)),
        dict(body=_in_time),
        source=data.rows,
    ),
    fault(
        "dying: raw images and SGD",
        f.cnn,
        dict(source=data.raw_images, optimizer=sgd(0.1)),
        dict(optimizer=sgd(0.1)),
    ),
    fault(
        "dying: non-negative kernels in a cnn",
        f.cnn,
        dict(kernel_constraint=constraints.NonNeg(), bias_initializer=f.constant(-6.0)),
    ),
    fault(
        "dying: large steps with momentum",
        f.cnn,
        dict(optimizer=sgd(3.0, momentum=0.9)),
        dict(optimizer=sgd(0.03, momentum=0.9)),
        symptoms=TOO_FAST,
    ),
    fault(
        "vanishing: twelve sigmoid layers in regression",
        f.mlp,
        dict(activation="sigmoid"),
        dict(activation="relu", kernel_initializer="he_normal"),
        widths=(24,) * 12,
        source=data.diabetes,
        optimizer=sgd(0.02),
        batch=8,
    ),
    fault(
        "vanishing: stacked softmax",
        f.functional,
        dict(body=partial(_stacked_softmax, activation="softmax")),
        dict(body=partial(_stacked_softmax, activation="relu")),
    ),
    fault(
        "vanishing: damped convolutions in time",
        f.functional,
        dict(body=partial(_in_time, scale=0.01, depth=6)),
        dict(body=partial(_in_time, depth=6)),
        source=data.rows,
        optimizer=sgd(0.1),
    ),
    fault(
        "vanishing: sigmoid autoencoder",
        f.mlp,
        dict(activation="sigmoid"),
        dict(activation="elu"),
        source=data.autoencoding,
        widths=(32, 32, 32, 8, 32, 32, 32),
        optimizer=sgd(0.5),
    ),
    fault(
        "vanishing: tiny kernels in a deep cnn",
        f.cnn,
        dict(kernel_initializer=f.normal(0.02)),
        filters=(12,) * 7,
        pool=False,
        activation="elu",
        optimizer=sgd(0.05),
    ),
    fault(
        "exploding: residual convolutions",
        f.resnet,
        dict(scale=2.0, optimizer=sgd(0.05)),
        dict(scale=0.2, optimizer=adam(0.003)),
        block=f.blocks.unnormalized,
        depth=8,
    ),
    fault(
        "exploding: squared units",
        f.functional,
        dict(body=partial(_squared, activation="square"), source=data.raw_wine),
        dict(body=partial(_squared, activation="relu"), source=data.wine),
        optimizer=sgd(0.01),
        batch=8,
    ),
    fault(
        "exploding: linear recurrence with SGD",
        f.recurrent,
        dict(
            layer=layers.SimpleRNN,
            activation="linear",
            recurrent_initializer=keras.initializers.Identity(3.0),
            optimizer=sgd(0.05),
        ),
        dict(layer=layers.LSTM),
    ),
    fault(
        "exploding: raw wine with momentum",
        f.mlp,
        dict(source=data.raw_wine, activation="leaky_relu"),
        dict(source=data.wine),
        optimizer=sgd(0.05, momentum=0.9),
        batch=8,
    ),
    fault(
        "exploding: autoencoder of raw pixels",
        f.mlp,
        dict(source=lambda: (data.raw_digits()[0],) * 2),
        dict(source=data.autoencoding),
        widths=(32, 8, 32),
        activation="elu",
        optimizer=sgd(0.3),
    ),
    fault("nan: root of a distance", _distance, dict(root=True), dict(root=False)),
    fault(
        "nan: shares of an empty row",
        f.functional,
        dict(body=partial(_shares, margin=0.0)),
        dict(body=partial(_shares, margin=1.0)),
    ),
    fault(
        "nan: power of zero",
        f.functional,
        dict(body=partial(_power, margin=0.0)),
        dict(body=partial(_power, margin=0.1)),
    ),
    fault(
        "nan: bare entropy of raw measurements",
        f.mlp,
        dict(source=data.raw_cancer, loss=_bare_entropy),
        dict(source=data.cancer),
        output="sigmoid",
        batch=8,
    ),
    fault(
        "nan: exponential in the loss",
        f.mlp,
        dict(source=data.raw_diabetes, loss=_bare_exponential),
        dict(source=data.diabetes),
        widths=(32,),
        optimizer=sgd(0.05),
        batch=8,
    ),
    fault("start: siamese of zeros", _zero_tower, dict(zero=True), dict(zero=False)),
    fault("start: autoencoder of zeros", u.reconstructing, dict(kernel_initializer="zeros")),
    fault(
        "start: kernels too large for softsign",
        f.cnn,
        dict(kernel_initializer=f.normal(20.0)),
        activation="tanh",
        filters=(8, 8, 8),
        symptoms=SATURATED,
    ),
    fault("rate: Adam 1 in a u-net", f.unet, dict(optimizer=adam(1.0))),
    fault("rate: RMSprop 0.5 in a gru", u.reversing, dict(optimizer=_rmsprop(0.5))),
    fault("rate: Adam 0.3 in a vision transformer", u.patches, dict(optimizer=adam(0.3))),
    fault(
        "rate: SGD 20 in an autoencoder",
        u.reconstructing,
        dict(optimizer=sgd(50.0)),
        dict(optimizer=sgd(0.1)),
        activation="elu",
    ),
    fault(
        "rate: Adam 1e-8 in a transformer",
        f.transformer,
        dict(optimizer=adam(1e-08)),
        symptoms=TOO_SLOW,
    ),
    fault(
        "rate: SGD 1e-6 in an autoencoder",
        u.reconstructing,
        dict(optimizer=sgd(1e-06)),
        dict(optimizer=sgd(0.1)),
        activation="elu",
        symptoms=TOO_SLOW,
    ),
    fault(
        "rate: RMSprop 1e-8 in a gru",
        u.reversing,
        dict(optimizer=_rmsprop(1e-08)),
        symptoms=TOO_SLOW,
    ),
    fault(
        "saturated: sigmoid on raw wine",
        f.mlp,
        dict(source=data.raw_wine, kernel_initializer=f.normal(1.0)),
        dict(source=data.wine),
        activation="sigmoid",
        widths=(24, 24),
        batch=8,
    ),
    fault(
        "saturated: hard tanh in a cnn",
        f.cnn,
        dict(source=data.raw_images, kernel_initializer=f.normal(1.0)),
        activation="hard_tanh",
    ),
    fault(
        "saturated: attention to one row",
        f.functional,
        dict(body=partial(_attended, scale=100000.0)),
        dict(body=partial(_attended, scale=1.0)),
        source=data.rows,
    ),
    fault(
        "saturated: gates on large features",
        f.functional,
        dict(body=partial(_gated, scale=10000.0)),
        dict(body=partial(_gated, scale=1.0)),
        optimizer=sgd(0.1),
    ),
    fault(
        "saturated: tanh lstm on raw pixels",
        f.recurrent,
        dict(source=lambda: (data.rows()[0] * 10000.0, data.rows()[1])),
        optimizer=adam(0.003),
    ),
]
