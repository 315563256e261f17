"""A third set: what rules had missed or misnamed on other people's programs, and newer models."""

from functools import partial

import keras
import numpy as np
from keras import layers, ops, optimizers

from benchmarks.detection import data
from benchmarks.detection import families as f
from benchmarks.detection.case import Case
from benchmarks.detection.faulty import EXPLODING, TOO_FAST, TOO_SLOW, VANISHING, adam, fault, sgd


def _scaled(source, by):
    x, y = source()
    return x * by, y


def _quartic(by=1.0):
    """`x**4` from -100 to 100, a target of up to 1e8."""
    x = np.linspace(-100, 100, 1000, dtype="float32")[:, None]
    order = np.random.default_rng(0).permutation(1000)
    return x[order] / 100, x[order] ** 4 * by


def _linear_targets():
    x, _ = data.cancer()
    return x, (x @ np.linspace(-1, 1, x.shape[1])[:, None]).astype("float32")


def _attended(x, scale):
    """Attention over the rows of an image, with its scores multiplied by a number."""
    query, key, value = (layers.Dense(16)(x) for _ in range(3))
    shares = ops.softmax(ops.matmul(query * scale, ops.transpose(key, (0, 2, 1))))
    return layers.Flatten()(ops.matmul(shares, value))


def _heads(x):
    return layers.Flatten()(layers.LayerNormalization()(layers.MultiHeadAttention(2, 8)(x, x)))


class Penalized(layers.Layer):
    """A dense layer whose penalty comes by `add_loss`."""

    def __init__(self, bias):
        super().__init__()
        self.dense = layers.Dense(32, "relu", bias_initializer=f.constant(bias))

    def call(self, x):
        self.add_loss(1e-4 * ops.sum(ops.square(self.dense.kernel if self.built else 0.0)))
        return self.dense(x)


def _penalized(x, bias=0.0):
    return layers.Dense(32, "relu")(Penalized(bias)(x))


def _stacked_residuals(x):
    """Blocks that each explain a part of the input and pass on the rest, as N-BEATS does."""
    forecast = 0.0
    for _ in range(3):
        h = layers.Dense(48, "relu")(layers.Dense(48, "relu")(x))
        x, forecast = x - layers.Dense(64)(h), forecast + layers.Dense(32)(h)
    return forecast


def _capsules(x):
    """Two rounds of routing between vectors."""
    votes = ops.reshape(layers.Dense(8 * 6 * 4)(x), (-1, 8, 6, 4))
    shares = 1 / 6
    for _ in range(2):
        total = ops.sum(votes * shares, axis=1, keepdims=True)
        square = ops.sum(ops.square(total), axis=-1, keepdims=True)
        out = total * square / (1 + square) / ops.sqrt(square + 1e-7)
        shares = ops.softmax(ops.sum(votes * out, axis=-1, keepdims=True), axis=2)
    return ops.reshape(out, (-1, 24))


def _bare_log(y, p):
    y = ops.cast(y, p.dtype)
    return -ops.mean(y * ops.log(p) + (1 - y) * ops.log(1 - p))


def _under(policy, family, **arguments):
    keras.config.set_dtype_policy(policy)
    try:
        return family(**arguments)
    finally:
        keras.config.set_dtype_policy("float32")


def _short(policy, **arguments):
    return _under(policy, f.mlp, **arguments)


FAULTY = [
    fault(
        "missed: linear fit of large inputs with SGD",
        f.mlp,
        dict(source=partial(_scaled, data.diabetes, 30.0)),
        dict(source=data.diabetes),
        EXPLODING,
        widths=(),
        optimizer=sgd(0.01),
    ),
    fault(
        "missed: twelve sigmoid layers of five units",
        f.mlp,
        dict(activation="sigmoid"),
        dict(activation="tanh", kernel_initializer="orthogonal"),
        VANISHING,
        source=data.cancer,
        widths=(5,) * 12,
        batch=8,
    ),
    fault(
        "missed: targets of 1e8",
        f.mlp,
        dict(source=_quartic),
        dict(source=partial(_quartic, 1e-8), optimizer=adam(1e-2)),
        TOO_SLOW,
    ),
    fault(
        "missed: targets of 1e8 with RMSprop",
        f.mlp,
        dict(source=_quartic, optimizer=partial(optimizers.RMSprop, 1e-2)),
        dict(source=partial(_quartic, 1e-8), optimizer=adam(1e-2)),
        TOO_SLOW,
    ),
    fault(
        "missed: linear network with Adam 0.1",
        f.mlp,
        dict(optimizer=adam(0.1), source=data.raw_digits),
        dict(optimizer=adam(1e-3), source=data.digits),
        TOO_FAST,
        activation="linear",
        widths=(48, 48, 48),
    ),
    fault(
        "missed: attention that is one-hot",
        f.functional,
        dict(body=partial(_attended, scale=300.0)),
        dict(body=partial(_attended, scale=0.25)),
        VANISHING,
        source=data.rows,
        optimizer=sgd(0.3),
    ),
    fault(
        "missed: log of unbounded outputs",
        f.mlp,
        dict(loss=_bare_log, output="linear"),
        symptoms=("non-finite",),
        source=data.cancer,
        batch=8,
    ),
    fault(
        "missed: bfloat16 with Adam",
        _short,
        dict(policy="bfloat16"),
        dict(policy="float32"),
        TOO_SLOW,
    ),
    fault(
        "missed: a penalty by add_loss on a dead layer",
        f.functional,
        dict(body=partial(_penalized, bias=-30.0)),
        dict(body=_penalized),
        ("zero",),
    ),
]

_MODELS = {
    "schedule-free": partial(f.mlp, optimizer=partial(optimizers.ScheduleFreeAdamW, 5e-3)),
    "muon": partial(f.mlp, optimizer=partial(optimizers.Muon, 1e-3)),
    "lamb": partial(f.mlp, optimizer=partial(optimizers.Lamb, 1e-2)),
    "adafactor": partial(f.mlp, optimizer=partial(optimizers.Adafactor, 1e-2)),
    "mixed bfloat16": partial(_under, "mixed_bfloat16", f.mlp),
    "mixed bfloat16 cnn": partial(_under, "mixed_bfloat16", f.cnn),
    "mixed bfloat16 transformer": partial(_under, "mixed_bfloat16", f.transformer),
    "bfloat16 with SGD": partial(_under, "bfloat16", f.mlp, optimizer=sgd(0.3)),
    "cnn on raw pixels": partial(f.cnn, source=data.raw_images, filters=(16, 32)),
    "mlp on raw pixels": partial(f.mlp, source=data.raw_digits, widths=(128,)),
    "self-attention": partial(f.functional, body=partial(_attended, scale=0.25), source=data.rows),
    "heads": partial(f.functional, body=_heads, source=data.rows),
    "capsules": partial(f.functional, body=_capsules, optimizer=adam(5e-3)),
    "stacked residuals": partial(f.functional, body=_stacked_residuals),
    "penalty by add_loss": partial(f.functional, body=_penalized),
}

HEALTHY = [
    *(Case(name, build, epochs=6) for name, build in _MODELS.items()),
    Case(
        "linear targets to the end",
        partial(f.mlp, source=_linear_targets, widths=(), optimizer=sgd(0.05)),
        epochs=60,
    ),
]
