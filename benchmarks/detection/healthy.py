"""Healthy models of many kinds: each one learns, and no rule should complain of it."""

from functools import partial

from keras import layers, ops, optimizers

from benchmarks.detection import blocks, data
from benchmarks.detection import families as f
from benchmarks.detection.case import Case


def _optimizer(name, rate, **arguments):
    return partial(getattr(optimizers, name), rate, **arguments)


SGD = _optimizer("SGD", 0.1)
MOMENTUM = _optimizer("SGD", 0.03, momentum=0.9)
RMSPROP = _optimizer("RMSprop", 1e-3)
ADAMW = _optimizer("AdamW", 2e-3, weight_decay=1e-2)
NORM = layers.BatchNormalization


def _warm_up():
    return optimizers.Adam(
        optimizers.schedules.CosineDecay(0.0, 1000, warmup_target=3e-3, warmup_steps=60)
    )


def _linear_warm_up():
    return optimizers.SGD(
        optimizers.schedules.CosineDecay(1e-5, 400, warmup_target=0.2, warmup_steps=50)
    )


def _mixture(x):
    return blocks.Mixture(32)(x)


def _low_rank(x):
    return blocks.LowRank(64, rank=8)(blocks.LowRank(64, rank=8)(x))


def _highway(x):
    h = layers.Dense(32, "relu")(x)
    for _ in range(6):
        gate = layers.Dense(32, "sigmoid", bias_initializer=f.constant(-1.0))(h)
        h = gate * layers.Dense(32, "relu")(h) + (1 - gate) * h
    return h


def _gated_linear(x):
    for _ in range(3):
        x = layers.Dense(32)(x) * layers.Dense(32, "silu")(x)
    return x


def _rescaled_branch(x):
    h = layers.Dense(32, "relu")(x)
    for _ in range(4):
        branch = layers.Dense(32, "relu")(h)
        h = h + layers.Dense(32, kernel_initializer="zeros")(branch)
    return h


def _with_probe(x):
    h = layers.Dense(32, "relu")(x)
    return layers.concatenate([h, layers.Dense(16, "relu")(ops.stop_gradient(h))])


def _wide_and_deep(x):
    deep = layers.Dense(16, "relu")(layers.Dense(32, "relu")(x))
    return layers.concatenate([x, deep])


def _convolutions_in_time(x):
    for dilation in (1, 2, 4, 8):
        x = layers.Conv1D(12, 3, padding="causal", dilation_rate=dilation, activation="relu")(x)
    return layers.GlobalAveragePooling1D()(x)


def _deep_tanh(x):
    for _ in range(6):
        x = layers.Dense(32, "tanh")(x)
    return x


def _recurrent_over_tokens():
    return layers.GRU(24, reset_after=True)


_MODELS = {
    "mlp": partial(f.mlp),
    "mlp sgd": partial(f.mlp, optimizer=SGD),
    "mlp momentum tanh": partial(f.mlp, optimizer=MOMENTUM, activation="tanh"),
    "mlp gelu adamw": partial(f.mlp, optimizer=ADAMW, activation="gelu"),
    "mlp selu": partial(f.mlp, activation="selu", kernel_initializer="lecun_normal"),
    "mlp sigmoid": partial(f.mlp, widths=(64,), activation="sigmoid"),
    "mlp wide": partial(f.mlp, widths=(512,), optimizer=_optimizer("Adam", 3e-4)),
    "mlp deep he": partial(f.mlp, widths=(32,) * 8, kernel_initializer="he_normal"),
    "mlp deep normalized": partial(f.mlp, widths=(32,) * 8, normalization=NORM),
    "mlp layer normalization": partial(f.mlp, normalization=layers.LayerNormalization),
    "mlp dropout": partial(f.mlp, widths=(128, 128), dropout=0.5),
    "mlp orthogonal leaky": partial(
        f.mlp, activation="leaky_relu", kernel_initializer="orthogonal", optimizer=RMSPROP
    ),
    "mlp small start": partial(f.mlp, kernel_initializer=f.normal(0.05)),
    "mlp high rate": partial(f.mlp, optimizer=_optimizer("Adam", 1e-2)),
    "mlp sgd high rate": partial(f.mlp, optimizer=_optimizer("SGD", 0.5)),
    "mlp clipped": partial(f.mlp, optimizer=_optimizer("Adam", 1e-3, global_clipnorm=0.1)),
    "mlp accumulated": partial(
        f.mlp, optimizer=_optimizer("Adam", 4e-3, gradient_accumulation_steps=4)
    ),
    "mlp warm-up": partial(f.mlp, optimizer=_warm_up),
    "mlp sgd warm-up": partial(f.mlp, optimizer=_linear_warm_up),
    "mlp averaged": partial(f.mlp, optimizer=_optimizer("Adam", 2e-3, use_ema=True)),
    "mlp raw pixels": partial(
        f.mlp, source=data.raw_digits, normalization=NORM, optimizer=_optimizer("Adam", 1e-3)
    ),
    "mlp cancer": partial(f.mlp, source=data.cancer, widths=(24, 12)),
    "mlp cancer nadam": partial(
        f.mlp, source=data.cancer, widths=(32,), optimizer=_optimizer("Nadam", 2e-3)
    ),
    "mlp wine": partial(f.mlp, source=data.wine, widths=(16, 16)),
    "mlp diabetes": partial(f.mlp, source=data.diabetes, widths=(24,)),
    "mlp diabetes units": partial(
        f.mlp, source=data.raw_diabetes, widths=(32,), optimizer=_optimizer("Adam", 3e-2)
    ),
    "logistic regression": partial(
        f.mlp, source=data.cancer, widths=(), optimizer=_optimizer("SGD", 0.05)
    ),
    "softmax regression": partial(f.mlp, widths=(), optimizer=_optimizer("Adagrad", 0.1)),
    "rare class": partial(f.mlp, source=data.rare, widths=(32,)),
    "cnn": partial(f.cnn),
    "cnn sgd": partial(f.cnn, optimizer=MOMENTUM),
    "cnn normalized": partial(f.cnn, normalization=NORM, optimizer=SGD),
    "cnn elu separable": partial(f.cnn, activation="elu", layer=layers.SeparableConv2D),
    "cnn deep": partial(
        f.cnn, filters=(8,) * 5, kernel_initializer="he_uniform", dense=(32,), pool=False
    ),
    "cnn group normalization": partial(f.cnn, normalization=partial(layers.GroupNormalization, 4)),
    "cnn silu lion": partial(f.cnn, activation="silu", optimizer=_optimizer("Lion", 1e-3)),
    "convolutions in time": partial(
        f.functional,
        source=data.rows,
        body=_convolutions_in_time,
        optimizer=_optimizer("Adam", 5e-3),
    ),
    "resnet": partial(f.resnet),
    "resnet sgd zero gamma": partial(f.resnet, optimizer=SGD, gamma="zeros"),
    "resnet pre-activation": partial(f.resnet, block=blocks.preactivated),
    "resnet pre-activation sgd": partial(f.resnet, block=blocks.preactivated, optimizer=SGD),
    "resnet scaled": partial(f.resnet, block=blocks.unnormalized, scale=0.2),
    "u-net": partial(f.unet),
    "u-net rmsprop": partial(f.unet, optimizer=RMSPROP, activation="swish"),
    "lstm": partial(f.recurrent),
    "lstm stacked": partial(f.recurrent, depth=3, optimizer=_optimizer("Adam", 5e-3)),
    "lstm both ways": partial(f.recurrent, bidirectional=True, optimizer=RMSPROP),
    "gru": partial(f.recurrent, layer=layers.GRU),
    "gru long": partial(
        f.recurrent, source=data.pixels, layer=layers.GRU, optimizer=_optimizer("Adam", 1e-2)
    ),
    "simple rnn": partial(f.recurrent, layer=layers.SimpleRNN, units=32),
    "transformer": partial(f.transformer),
    "transformer after": partial(f.transformer, before=False, optimizer=ADAMW),
    "transformer causal dropout": partial(f.transformer, causal=True, dropout=0.1, depth=3),
    "transformer half precision": partial(f.in_half_precision, f.transformer),
    "autoencoder": partial(f.autoencoder),
    "autoencoder deep tanh": partial(f.autoencoder, activation="tanh", optimizer=RMSPROP),
    "vae": partial(f.autoencoder, bottleneck=blocks.Gaussian, optimizer=_optimizer("Adam", 5e-3)),
    "vq-vae": partial(
        f.autoencoder, bottleneck=blocks.Quantized, optimizer=_optimizer("Adam", 1e-2)
    ),
    "gan": partial(f.gan),
    "gan rmsprop": partial(f.gan, optimizer=RMSPROP),
    "siamese": partial(f.siamese),
    "siamese momentum": partial(f.siamese, optimizer=MOMENTUM),
    "embedding": partial(f.embedding, optimizer=_optimizer("Adam", 1e-2)),
    "embedding rmsprop": partial(f.embedding, optimizer=_optimizer("RMSprop", 1e-2)),
    "embedding gru": partial(f.embedding, mixer=_recurrent_over_tokens, width=16),
    "frozen backbone": partial(f.frozen),
    "fine-tuning": partial(f.frozen, tune=True, optimizer=_optimizer("Adam", 2e-4)),
    "two heads": partial(f.two_heads),
    "two heads unequal": partial(f.two_heads, weight=0.01, optimizer=SGD),
    "half precision": partial(f.in_half_precision, f.mlp),
    "half precision cnn": partial(f.in_half_precision, f.cnn, optimizer=MOMENTUM),
    "mixture of experts": partial(f.functional, body=_mixture),
    "low-rank adapters": partial(f.functional, body=_low_rank, optimizer=_optimizer("Adam", 5e-3)),
    "highway": partial(f.functional, body=_highway),
    "gated linear units": partial(f.functional, body=_gated_linear),
    "zero branches": partial(f.functional, body=_rescaled_branch),
    "detached probe": partial(f.functional, body=_with_probe),
    "wide and deep": partial(
        f.functional, body=_wide_and_deep, optimizer=_optimizer("Adagrad", 0.05)
    ),
    "deep tanh": partial(f.functional, body=_deep_tanh),
    "compiled with xla": partial(f.functional, body=_wide_and_deep, jit_compile=True),
}
_SMALL = ("cancer", "diabetes", "logistic", "wine")

CASES = [
    Case(
        name,
        build,
        batch=8 if any(word in name for word in _SMALL) else 16,
        epochs=6 if name == "vq-vae" else 3,
    )
    for name, build in _MODELS.items()
]
