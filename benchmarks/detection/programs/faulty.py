"""Programs whose gradients visibly fail, each with a repaired twin."""

import keras
import numpy as np
from keras import initializers, layers, ops, optimizers, regularizers

from benchmarks.detection.programs import corpus
from benchmarks.detection.programs.corpus import CE


def _digits():
    x, y = corpus.digits()
    return x.reshape(len(x), 64), y


def _scaled(name):
    x, y = corpus.measurements(name)
    return (x - x.mean(0)) / x.std(0), y


def deep_sigmoid(fault):
    x, y = _digits()
    activation = "sigmoid" if fault else "relu"
    model = keras.Sequential([keras.Input((64,))])
    for _ in range(8):
        model.add(layers.Dense(32, activation))
    model.add(layers.Dense(10, "softmax"))
    model.compile(optimizers.SGD(0.05, momentum=0.9), CE)
    return model, x, y


def exploding_rnn(fault):
    past, future = corpus.series()
    gain = 2.0 if fault else 0.9
    model = keras.Sequential(
        [
            keras.Input((48, 1)),
            layers.SimpleRNN(
                32,
                activation="relu" if fault else "tanh",
                recurrent_initializer=initializers.Orthogonal(gain),
            ),
            layers.Dense(12),
        ]
    )
    model.compile(optimizers.SGD(0.01), "mse")
    return model, past[..., None], future


def dying_cnn(fault):
    x, y = corpus.digits()
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, "relu"),
            layers.Dense(10, "softmax"),
        ]
    )
    model.compile(optimizers.Adam(0.1 if fault else 0.001), CE)
    return model, x, y


def hidden_by_l2(fault):
    x, y = _scaled("diabetes")
    penalty = regularizers.L2(1e-3)
    model = keras.Sequential(
        [
            keras.Input((10,)),
            layers.Dense(32, "relu", kernel_regularizer=penalty),
            layers.Dense(32, "relu", kernel_regularizer=penalty),
            layers.Dense(1, "relu" if fault else None, kernel_regularizer=penalty),
        ]
    )
    y = (y - y.mean()) / y.std() if not fault else y - y.max() - 1
    model.compile(optimizers.SGD(0.01), "mse")
    return model, x, y.astype("float32")[:, None]


def nan_from_log(fault):
    def cross_entropy(y, p):
        y = ops.one_hot(ops.cast(ops.reshape(y, (-1,)), "int32"), 10)
        return -ops.mean(ops.sum(y * ops.log(p if fault else p + 1e-7), -1))

    x, y = _digits()
    model = keras.Sequential(
        [keras.Input((64,)), layers.Dense(64, "relu"), layers.Dense(10, "softmax")]
    )
    model.compile("adam", cross_entropy)
    return model, x * (255 if fault else 1), y


def softmax_of_one(fault):
    x, y = _scaled("breast_cancer")
    model = keras.Sequential(
        [
            keras.Input((30,)),
            layers.Dense(16, "relu"),
            layers.Dense(8, "relu"),
            layers.Dense(1, "softmax" if fault else "sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy")
    return model, x, y.astype("float32")[:, None]


def one_hot_attention(fault):
    x, y = corpus.digits()
    rows = x[..., 0] * (255 if fault else 1)
    inputs = keras.Input((8, 8))
    h = layers.MultiHeadAttention(2, 16)(inputs, inputs)
    h = layers.LayerNormalization()(layers.Flatten()(h))
    model = keras.Model(inputs, layers.Dense(10, "softmax")(layers.Dense(32, "relu")(h)))
    model.compile(optimizers.SGD(0.2), CE)
    return model, rows, y


def decayed_to_zero(fault):
    """A schedule counted in epochs: its steps are batches."""
    x, y = _digits()
    rate = optimizers.schedules.CosineDecay(1e-3, 10 if fault else 1000)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(64, "relu"),
            layers.Dense(64, "relu"),
            layers.Dense(10, "softmax"),
        ]
    )
    model.compile(optimizers.Adam(rate), CE)
    return model, x, y


def float16_underflow(fault):
    """A small weight of the loss under `mixed_float16`, the loss not scaled."""
    past, future = corpus.series()
    keras.config.set_dtype_policy("mixed_float16")
    model = keras.Sequential(
        [keras.Input((48,)), layers.Dense(64, "relu"), layers.Dense(64, "relu"), layers.Dense(12)]
    )
    keras.config.set_dtype_policy("float32")
    optimizer = optimizers.Adam(1e-3, epsilon=1e-10)
    model.compile(optimizer, "mse", loss_weights=[1e-6], auto_scale_loss=not fault)
    return model, past, future


def sales_in_cents(fault):
    x, y = _scaled("diabetes")
    sales = (y * 1e6).astype("float32")[:, None]
    model = keras.Sequential(
        [keras.Input((10,)), layers.Dense(64, "relu"), layers.Dense(32, "relu"), layers.Dense(1)]
    )
    model.compile(optimizers.Adam(1e-3), "mse")
    return model, x, sales if fault else (sales - sales.mean()) / sales.std()


def unscaled_inputs(fault):
    x, y = (corpus.measurements if fault else _scaled)("breast_cancer")
    model = keras.Sequential(
        [
            keras.Input((30,)),
            layers.Dense(32, "tanh"),
            layers.Dense(16, "tanh"),
            layers.Dense(1, "sigmoid"),
        ]
    )
    model.compile(optimizers.SGD(0.1), "binary_crossentropy")
    return model, x, y.astype("float32")[:, None]


def saturated_init(fault):
    x, y = corpus.digits()
    init = initializers.RandomNormal(stddev=5.0 if fault else 0.3)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 3, activation="sigmoid", kernel_initializer=init),
            layers.Flatten(),
            layers.Dense(64, "sigmoid", kernel_initializer=init),
            layers.Dense(10, "softmax", kernel_initializer=init),
        ]
    )
    model.compile(optimizers.SGD(0.05), CE)
    return model, x, y


def overshooting_linear(fault):
    x, y = _scaled("diabetes")
    model = keras.Sequential(
        [keras.Input((10,)), *[layers.Dense(32) for _ in range(5)], layers.Dense(1)]
    )
    model.compile(optimizers.Adam(0.1 if fault else 1e-3), "mse")
    return model, x, ((y - y.mean()) / y.std()).astype("float32")[:, None]


def nan_divergence(fault):
    """The entropy of one-hot targets is 0 times the log of 0: NaN beside a finite gradient."""

    def divergence(y, p):
        y = y if fault else ops.clip(y, 1e-7, 1.0)
        return ops.sum(y * ops.log(y), -1) - ops.sum(y * ops.log(p + 1e-7), -1)

    x, y = _digits()
    model = keras.Sequential(
        [keras.Input((64,)), layers.Dense(64, "relu"), layers.Dense(10, "softmax")]
    )
    model.compile(optimizers.Adam(1e-3), divergence)
    return model, x, np.eye(10, dtype="float32")[y]


def frozen_encoder(fault):
    """The features are meant to be binary: rounding them lets no gradient through."""
    x, y = corpus.digits()
    inputs = keras.Input((8, 8, 1))
    h = layers.Conv2D(16, 3, strides=2, activation="relu")(inputs)
    h = layers.Dense(8, "sigmoid")(layers.Flatten()(h))
    h = ops.stop_gradient(ops.round(h)) if fault else h
    model = keras.Model(inputs, layers.Dense(10, "softmax")(layers.Dense(32, "relu")(h)))
    model.compile(optimizers.Adam(3e-3), CE)
    return model, x, y


def bfloat16_weights(fault):
    x, y = corpus.digits()
    keras.config.set_dtype_policy("bfloat16" if fault else "mixed_bfloat16")
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(32, "relu"),
            layers.Dense(10, "softmax"),
        ]
    )
    keras.config.set_dtype_policy("float32")
    model.compile(optimizers.Adam(1e-4), CE)
    return model, x, y


def lstm_too_fast(fault):
    x, y = corpus.snippets()
    model = keras.Sequential(
        [
            keras.Input((32,), dtype="int32"),
            layers.Embedding(30, 24),
            layers.LSTM(48, return_sequences=True),
            layers.Dense(30, "softmax"),
        ]
    )
    model.compile(optimizers.RMSprop(1.0 if fault else 3e-3), CE)
    return model, x, y


def deep_residual(fault):
    """Forty blocks that are added up without a normalization."""
    x, y = _digits()
    inputs = keras.Input((64,))
    h = layers.Dense(64)(inputs)
    for _ in range(40):
        g = h if fault else layers.LayerNormalization()(h)
        g = layers.Dense(64, "relu", kernel_initializer="he_normal")(g)
        h = h + layers.Dense(64, kernel_initializer="he_normal")(g) * (1.0 if fault else 0.1)
    model = keras.Model(inputs, layers.Dense(10)(h))
    model.compile(optimizers.SGD(0.01), keras.losses.SparseCategoricalCrossentropy(True))
    return model, x, y


def hard_gates(fault):
    """Experts chosen by an `argmax`: the gate is never told which choice was right."""
    x, y = _digits()
    inputs = keras.Input((64,))
    scores = layers.Dense(4, name="gate")(inputs)
    shares = ops.softmax(scores)
    if fault:
        shares = ops.cast(ops.equal(shares, ops.max(shares, -1, keepdims=True)), "float32")
    experts = ops.stack([layers.Dense(16, "relu")(inputs) for _ in range(4)], 1)
    mixed = ops.sum(shares[..., None] * experts, 1)
    model = keras.Model(inputs, layers.Dense(10, "softmax")(mixed))
    model.compile("adam", CE)
    return model, x, y


def relu_output(fault):
    """Standardized targets, half of them below 0, behind a ReLU with a bias far below 0."""
    x, y = corpus.measurements("diabetes")
    y = (y - y.mean()) / y.std()
    model = keras.Sequential(
        [
            keras.Input((10,)),
            layers.Dense(32, "relu"),
            layers.Dense(
                1,
                "relu" if fault else None,
                bias_initializer=initializers.Constant(-1.0 if fault else 0.0),
            ),
        ]
    )
    model.compile(optimizers.Adam(1e-2), "mse")
    return model, x / x.std(0), y.astype("float32")[:, None]


NON_FINITE = ("non-finite",)
DEAD = ("zero", "dead-channels")
TOO_FAST = ("exploding", "non-finite", "zero", "dead-channels")
TOO_SLOW = ("vanishing", "frozen")
SATURATED = ("zero", "vanishing", "dead-channels")

PROGRAMS = {
    deep_sigmoid: dict(symptoms=("vanishing",), epochs=10),
    exploding_rnn: dict(symptoms=("exploding", "non-finite"), batch=32, epochs=5),
    dying_cnn: dict(symptoms=TOO_FAST, batch=32, epochs=6),
    hidden_by_l2: dict(symptoms=DEAD, epochs=20),
    nan_from_log: dict(symptoms=NON_FINITE, batch=32, epochs=5),
    softmax_of_one: dict(symptoms=("zero",), epochs=10),
    one_hot_attention: dict(symptoms=("zero", "vanishing"), batch=32, epochs=12),
    decayed_to_zero: dict(symptoms=("frozen",), batch=32, epochs=8),
    float16_underflow: dict(symptoms=SATURATED, batch=32, epochs=8, start=True),
    sales_in_cents: dict(symptoms=TOO_SLOW, epochs=20),
    unscaled_inputs: dict(symptoms=SATURATED, epochs=10),
    saturated_init: dict(symptoms=SATURATED, batch=32, epochs=8),
    overshooting_linear: dict(symptoms=("exploding",), epochs=20),
    nan_divergence: dict(symptoms=NON_FINITE, batch=32, epochs=6, start=True),
    frozen_encoder: dict(symptoms=("missing", "zero"), batch=32, epochs=8),
    bfloat16_weights: dict(symptoms=TOO_SLOW, batch=32, epochs=10),
    lstm_too_fast: dict(symptoms=TOO_FAST, batch=32, epochs=12),
    deep_residual: dict(symptoms=("exploding", "non-finite"), batch=32, epochs=5),
    hard_gates: dict(symptoms=("missing", "zero"), batch=32, epochs=8),
    relu_output: dict(symptoms=DEAD, epochs=10),
}
"""Each program with the symptoms that describe its fault and how it is trained."""
