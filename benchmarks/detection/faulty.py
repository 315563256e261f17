"""Faulty models, after the kinds of fault in the tables of AutoTrainer and its successors.

Each is a family with arguments that break it, and its repaired twin with others in their place.
"""

from functools import partial

import keras
from keras import constraints, layers, ops, optimizers

from benchmarks.detection import data
from benchmarks.detection import families as f
from benchmarks.detection.case import Case

DYING = ("zero", "dead-channels")
VANISHING = ("vanishing", "zero")
EXPLODING = ("exploding", "non-finite")
NON_FINITE = ("non-finite",)
ZERO = ("zero",)
TOO_FAST = ("exploding", "non-finite", "zero", "dead-channels")
TOO_SLOW = ("vanishing", "frozen")
SATURATED = ("zero", "vanishing", "dead-channels")


def sgd(rate, **arguments):
    return partial(optimizers.SGD, rate, **arguments)


def adam(rate):
    return partial(optimizers.Adam, rate)


def _bare_log(y, p):
    return -ops.mean(ops.sum(ops.one_hot(y[..., 0], 10) * ops.log(p), -1))


def _bare_quotient(y, p):
    return ops.mean(ops.abs(y - p) / ops.abs(y))


def _root(y, p):
    return ops.mean(ops.sqrt(y - p + 1.0))


def _square(y, p):
    return ops.mean(ops.square(y - p))


@keras.saving.register_keras_serializable("detection")
def root(x):
    """The root of what a ReLU gives: its derivative at 0 is infinite."""
    return ops.sqrt(ops.relu(x))


@keras.saving.register_keras_serializable("detection")
def safe_root(x):
    """The same with a derivative at 0."""
    return ops.sqrt(ops.relu(x) + 1e-2)


def _standardized(x, margin):
    """Divides each pixel by its deviation in the batch; some pixels are always 0."""
    h = (x - ops.mean(x, 0)) / (ops.std(x, 0) + margin)
    return layers.Dense(32, "relu")(h)


def _unit_length(x, margin):
    """ReLU features divided by their length."""
    h = layers.Dense(4, "relu")(x)
    return layers.Dense(16)(h / (ops.sqrt(ops.sum(ops.square(h), -1, keepdims=True)) + margin))


def _exponential(x, limit):
    """An exponential unit without a limit to its exponent."""
    h = ops.exp(ops.minimum(layers.Dense(16)(x), limit))
    return layers.Dense(16, "tanh")(h / 16)


def _temperature(x, scale):
    """A softmax over features that were multiplied by a large number."""
    h = layers.Dense(16)(x)
    return layers.Dense(16, "relu")(ops.softmax(h * scale))


def _clipped(x, scale):
    """Features clipped to a band that almost none of them is in."""
    return ops.clip(layers.Dense(32)(x * scale), -1.0, 1.0)


def _damped(x, scale):
    for _ in range(6):
        x = layers.Dense(32, "relu")(x) * scale
    return x * scale**-1


def _tower(x, scale):
    h = layers.Dense(32)(x)
    for _ in range(24):
        h = h + scale * layers.Dense(32, "relu", kernel_initializer="he_normal")(h)
    return h


SYMPTOMS = {
    "dying": DYING,
    "vanishing": VANISHING,
    "exploding": EXPLODING,
    "nan": NON_FINITE,
    "start": ZERO,
    "rate": TOO_FAST,
    "saturated": SATURATED,
}
"""What describes each kind of fault; a case may say otherwise."""


def fault(name, family, broken, repaired=None, symptoms=None, batch=16, **common):
    """A case of a family with arguments that break it, and others in their place."""
    return Case(
        name,
        partial(family, **common, **broken),
        symptoms or SYMPTOMS[name.partition(":")[0]],
        partial(family, **common, **(repaired or {})),
        batch,
    )


CASES = [
    fault("dying: negative bias", f.mlp, dict(bias_initializer=f.constant(-5.0))),
    fault("dying: negative bias in a cnn", f.cnn, dict(bias_initializer=f.constant(-2.0))),
    fault(
        "dying: negative kernels",
        f.mlp,
        dict(kernel_initializer=keras.initializers.RandomUniform(-0.2, 0.0)),
    ),
    fault(
        "dying: killed by the first steps",
        f.mlp,
        dict(optimizer=sgd(20.0)),
        dict(optimizer=sgd(0.1)),
        source=data.digits,
        symptoms=TOO_FAST,
    ),
    fault(
        "dying: killed by large targets",
        f.mlp,
        dict(optimizer=sgd(0.001)),
        dict(optimizer=adam(0.01)),
        source=data.raw_diabetes,
        batch=8,
        widths=(32, 32),
    ),
    fault(
        "dying: raw pixels and a high rate",
        f.mlp,
        dict(optimizer=adam(0.3)),
        dict(optimizer=adam(0.001), normalization=layers.BatchNormalization),
        source=data.raw_digits,
    ),
    fault(
        "dying: ReLU before the loss",
        f.mlp,
        dict(output="relu", output_arguments={"bias_initializer": f.constant(-3.0)}),
        source=data.diabetes,
        batch=8,
    ),
    fault(
        "dying: non-negative kernels on negative input",
        f.mlp,
        dict(kernel_constraint=constraints.NonNeg(), bias_initializer=f.constant(-4.0)),
    ),
    fault(
        "dying: deep and narrow",
        f.mlp,
        dict(widths=(3,) * 12, bias_initializer=f.constant(-0.2)),
        dict(widths=(24,) * 3),
    ),
    fault(
        "vanishing: eight sigmoid layers",
        f.mlp,
        dict(activation="sigmoid"),
        dict(activation="relu"),
        widths=(32,) * 8,
    ),
    fault(
        "vanishing: fourteen sigmoid layers",
        f.mlp,
        dict(activation="sigmoid"),
        dict(activation="relu", kernel_initializer="he_normal"),
        widths=(32,) * 14,
        source=data.cancer,
        batch=8,
    ),
    fault(
        "vanishing: sigmoid convolutions",
        f.cnn,
        dict(activation="sigmoid"),
        dict(activation="relu"),
        filters=(8,) * 8,
        pool=False,
    ),
    fault(
        "vanishing: tiny kernels",
        f.mlp,
        dict(kernel_initializer=f.normal(0.01)),
        widths=(32,) * 6,
        activation="tanh",
    ),
    fault(
        "vanishing: tiny kernels with SGD",
        f.mlp,
        dict(kernel_initializer=f.normal(0.02)),
        widths=(32,) * 5,
        optimizer=sgd(0.1),
    ),
    fault(
        "vanishing: tiny convolution kernels",
        f.cnn,
        dict(kernel_initializer=f.normal(0.01), optimizer=sgd(0.1, momentum=0.9)),
        filters=(8,) * 6,
        pool=False,
    ),
    fault(
        "vanishing: damped layers",
        f.functional,
        dict(body=partial(_damped, scale=0.02), optimizer=sgd(0.1)),
        dict(body=partial(_damped, scale=1.0)),
    ),
    fault(
        "vanishing: sigmoid with SGD",
        f.mlp,
        dict(activation="sigmoid"),
        dict(activation="tanh"),
        widths=(32,) * 6,
        optimizer=sgd(0.1),
    ),
    fault(
        "vanishing: hard sigmoid layers",
        f.mlp,
        dict(activation="hard_sigmoid"),
        dict(activation="relu"),
        widths=(32,) * 9,
    ),
    fault(
        "exploding: large kernels with SGD",
        f.mlp,
        dict(kernel_initializer=f.normal(1.0)),
        widths=(64,) * 5,
        optimizer=sgd(0.05),
    ),
    fault(
        "exploding: large kernels with Adam",
        f.mlp,
        dict(kernel_initializer=f.normal(1.0)),
        widths=(64,) * 10,
    ),
    fault(
        "exploding: recurrence above one",
        f.recurrent,
        dict(
            layer=layers.SimpleRNN,
            activation="relu",
            recurrent_initializer=keras.initializers.Identity(2.5),
        ),
        dict(layer=layers.LSTM),
        source=data.rows,
    ),
    fault(
        "exploding: residual tower",
        f.functional,
        dict(body=partial(_tower, scale=1.0)),
        dict(body=partial(_tower, scale=0.05)),
        optimizer=sgd(0.05),
    ),
    fault(
        "exploding: targets in units with SGD",
        f.mlp,
        dict(source=data.raw_diabetes, optimizer=sgd(0.5)),
        dict(source=data.diabetes, optimizer=sgd(0.05)),
        widths=(24,),
        activation="tanh",
        batch=8,
    ),
    fault(
        "exploding: raw measurements with SGD",
        f.mlp,
        dict(source=data.raw_cancer),
        dict(source=data.cancer),
        widths=(24, 12),
        activation="leaky_relu",
        optimizer=sgd(0.1),
        batch=8,
    ),
    fault(
        "exploding: linear regression diverges",
        f.mlp,
        dict(optimizer=sgd(0.9)),
        dict(optimizer=sgd(0.01)),
        source=data.diabetes,
        widths=(),
        batch=8,
    ),
    fault("nan: bare logarithm", f.mlp, dict(loss=_bare_log, source=data.raw_digits)),
    fault(
        "nan: division by a target of zero",
        f.mlp,
        dict(loss=_bare_quotient),
        source=data.autoencoding,
    ),
    fault("nan: root of a ReLU", f.mlp, dict(activation=root), dict(activation=safe_root)),
    fault(
        "nan: root of a negative error",
        f.mlp,
        dict(loss=_root),
        dict(loss=_square),
        source=data.diabetes,
        batch=8,
    ),
    fault(
        "nan: deviation of a constant pixel",
        f.functional,
        dict(body=partial(_standardized, margin=0.0)),
        dict(body=partial(_standardized, margin=0.1)),
    ),
    fault(
        "nan: length of a zero vector",
        f.functional,
        dict(body=partial(_unit_length, margin=0.0)),
        dict(body=partial(_unit_length, margin=0.1)),
    ),
    fault(
        "nan: exponential unit",
        f.functional,
        dict(body=partial(_exponential, limit=1000000000.0)),
        dict(body=partial(_exponential, limit=3.0)),
        source=data.raw_digits,
    ),
    fault(
        "exploding: squares of raw measurements",
        f.mlp,
        dict(source=data.raw_cancer),
        dict(source=data.cancer),
        loss="mse",
        output="linear",
        widths=(16,),
        activation="elu",
        optimizer=sgd(0.02),
        batch=8,
    ),
    fault("start: all kernels zero", f.mlp, dict(kernel_initializer="zeros")),
    fault("start: all kernels zero in a cnn", f.cnn, dict(kernel_initializer="zeros")),
    fault(
        "start: kernels too large for tanh",
        f.mlp,
        dict(kernel_initializer=f.normal(10.0)),
        activation="tanh",
        widths=(48,) * 4,
        symptoms=SATURATED,
    ),
    fault(
        "start: constant kernels too large",
        f.mlp,
        dict(kernel_initializer=f.constant(2.0), activation="sigmoid"),
        dict(activation="relu"),
        widths=(32,) * 3,
        symptoms=SATURATED,
    ),
    fault("rate: Adam 3", f.mlp, dict(optimizer=adam(3.0))),
    fault("rate: Adam 0.5 in a cnn", f.cnn, dict(optimizer=adam(0.5))),
    fault(
        "rate: SGD 30",
        f.mlp,
        dict(optimizer=sgd(30.0)),
        dict(optimizer=sgd(0.1)),
        activation="tanh",
    ),
    fault(
        "rate: Adam 1 in an lstm",
        f.recurrent,
        dict(optimizer=adam(1.0)),
        dict(optimizer=adam(0.005)),
    ),
    fault(
        "rate: momentum too large",
        f.mlp,
        dict(optimizer=sgd(2.0, momentum=0.95)),
        dict(optimizer=sgd(0.02, momentum=0.9)),
    ),
    fault("rate: Adam 0.3 in a transformer", f.transformer, dict(optimizer=adam(0.3)), depth=1),
    fault("rate: Adam 1e-8", f.mlp, dict(optimizer=adam(1e-08)), symptoms=TOO_SLOW),
    fault("rate: Adam 1e-7 in a cnn", f.cnn, dict(optimizer=adam(1e-07)), symptoms=TOO_SLOW),
    fault(
        "rate: SGD 1e-6",
        f.mlp,
        dict(optimizer=sgd(1e-06)),
        dict(optimizer=sgd(0.1)),
        source=data.cancer,
        batch=8,
        symptoms=TOO_SLOW,
    ),
    fault(
        "rate: SGD 1e-5",
        f.cnn,
        dict(optimizer=sgd(1e-05)),
        dict(optimizer=sgd(0.1)),
        symptoms=TOO_SLOW,
    ),
    fault(
        "rate: zero",
        f.recurrent,
        dict(optimizer=adam(0.0)),
        dict(layer=layers.GRU),
        symptoms=TOO_SLOW,
    ),
    fault(
        "saturated: sigmoid on raw pixels",
        f.mlp,
        dict(source=data.raw_digits, activation="sigmoid", kernel_initializer=f.normal(3.0)),
        widths=(48, 48),
    ),
    fault(
        "saturated: tanh on raw measurements",
        f.mlp,
        dict(source=data.raw_cancer),
        dict(source=data.cancer),
        activation="tanh",
        widths=(24, 12),
        batch=8,
    ),
    fault(
        "saturated: tanh on raw pixels",
        f.mlp,
        dict(source=data.raw_digits),
        dict(source=data.digits),
        activation="tanh",
        widths=(32,) * 4,
        optimizer=sgd(0.1),
    ),
    fault(
        "saturated: hard sigmoid on raw images",
        f.cnn,
        dict(source=data.raw_images, activation="hard_sigmoid", kernel_initializer=f.normal(2.0)),
    ),
    fault(
        "saturated: softmax with a low temperature",
        f.functional,
        dict(body=partial(_temperature, scale=10000.0)),
        dict(body=partial(_temperature, scale=1.0)),
    ),
    fault(
        "saturated: clipped features",
        f.functional,
        dict(body=partial(_clipped, scale=10000.0)),
        dict(body=partial(_clipped, scale=1.0)),
    ),
    fault(
        "saturated: sigmoid output far from its slope",
        f.mlp,
        dict(output_arguments={"bias_initializer": f.constant(-200.0)}),
        source=data.cancer,
        output="sigmoid",
        loss="mse",
        batch=8,
    ),
]
