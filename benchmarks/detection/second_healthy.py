"""Healthy models that no threshold was chosen on: other kinds, other optimizers, longer runs."""

from functools import partial

import keras
from keras import layers, ops, optimizers, regularizers

from benchmarks.detection import data
from benchmarks.detection import families as f
from benchmarks.detection import second_blocks as blocks
from benchmarks.detection import second_families as u
from benchmarks.detection.case import Case


def _optimizer(name, rate, **arguments):
    return partial(getattr(optimizers, name), rate, **arguments)


def _cosine():
    return optimizers.Adam(optimizers.schedules.CosineDecay(3e-3, 560))


def _long_warm_up():
    return optimizers.AdamW(
        optimizers.schedules.CosineDecay(0.0, 1000, warmup_target=2e-3, warmup_steps=150)
    )


def _stairs():
    return optimizers.SGD(
        optimizers.schedules.PiecewiseConstantDecay([150, 250], [0.1, 0.01, 1e-3]), momentum=0.9
    )


def _mixed(x):
    h = layers.Dense(24)(x)
    for _ in range(2):
        h = blocks.mixer(h, 8, 24)
    return layers.GlobalAveragePooling1D()(layers.LayerNormalization()(h))


def _dilated(x):
    h = layers.Conv1D(16, 1)(x)
    for dilation in (1, 2, 4):
        inner = layers.Conv1D(16, 3, padding="causal", dilation_rate=dilation)(h)
        h = h + layers.Conv1D(16, 1)(ops.relu(layers.LayerNormalization()(inner)))
    return h[:, -1]


def _squeezed(x):
    h = blocks.squeezed(blocks.squeezed(x, 12), 12)
    return layers.Flatten()(layers.MaxPooling2D()(h))


def _mobile(x):
    h = layers.BatchNormalization()(layers.Conv2D(8, 3, padding="same")(x))
    return layers.GlobalAveragePooling2D()(blocks.inverted(blocks.inverted(h, 8), 8))


def _standardized(x):
    for _ in range(3):
        x = ops.relu(layers.GroupNormalization(4)(blocks.Standardized(8, 3, padding="same")(x)))
    return layers.Flatten()(x)


def _modulated(x):
    """Features scaled and shifted by a network that sees the mean of each row."""
    condition = layers.Dense(16, "relu")(ops.mean(ops.reshape(x, (-1, 8, 8)), axis=-1))
    h = layers.Dense(32, "relu")(x)
    scale = layers.Dense(32, kernel_initializer="zeros")(condition)
    return layers.Dense(32, "relu")(h * (1 + scale) + layers.Dense(32)(condition))


def _experts(x):
    gates = layers.Dense(4, "softmax")(x)
    return sum(gates[:, i : i + 1] * layers.Dense(24, "relu")(x) for i in range(4))


def _grown(x):
    """Every layer sees all before it."""
    for _ in range(4):
        x = layers.concatenate([x, layers.Dense(12, "relu")(x)])
    return x


def _shared(x):
    """One layer, used six times."""
    layer = layers.Dense(48, "tanh")
    h = layers.Dense(48)(x)
    for _ in range(6):
        h = h + 0.3 * layer(h)
    return h


def _waves(x):
    uniform = keras.initializers.RandomUniform(-0.3, 0.3)
    return ops.sin(
        2 * layers.Dense(48, kernel_initializer=uniform)(ops.sin(3 * layers.Dense(48)(x)))
    )


def _maxout(x):
    for _ in range(2):
        x = ops.max(ops.reshape(layers.Dense(96)(x), (-1, 24, 4)), axis=-1)
    return x


def _parametric(x):
    for _ in range(3):
        x = layers.PReLU()(layers.Dense(32)(x))
    return x


def _binarized(x):
    for _ in range(2):
        x = blocks.binary(layers.BatchNormalization()(layers.Dense(64)(x)))
    return x


def _pooled_by_attention(x):
    h = layers.Dense(32, "relu")(x)
    return ops.sum(h * ops.softmax(layers.Dense(1)(layers.Dense(16, "tanh")(h)), axis=1), axis=1)


def _sparse(x):
    return layers.Dense(128, "relu", activity_regularizer=regularizers.L1(1e-4))(x)


def _linear(x):
    for _ in range(4):
        x = layers.Dense(32)(x)
    return x


def _neighbors(x):
    """A graph network: each pixel and the mean of the pixels of its row."""
    h = ops.reshape(x, (-1, 8, 8, 1))
    for _ in range(3):
        h = ops.relu(layers.Dense(12)(h) + layers.Dense(12)(ops.mean(h, axis=2, keepdims=True)))
    return ops.reshape(h, (-1, 8 * 8 * 12))


def _normalized_recurrence(x):
    h = layers.LayerNormalization()(layers.LSTM(24, return_sequences=True)(x))
    return layers.LSTM(24, dropout=0.2)(h)


def _convolved_recurrence(x):
    h = layers.ConvLSTM1D(8, 3, padding="same")(x[..., None])
    return layers.Flatten()(h)


def _discrete(units):
    return keras.Sequential([layers.Dense(4 * units), blocks.Relaxed()])


_SMOOTH = keras.losses.BinaryCrossentropy(label_smoothing=0.1)


def _counts():
    """How many dark pixels an image has, from its first four rows."""
    x, _ = data.digits()
    model = keras.Sequential(
        [keras.Input((32,)), layers.Dense(16, "relu"), layers.Dense(1, "softplus")]
    )
    model.compile("adam", "mse")
    return model, x[:, :32], (x > 0.5).sum(1, keepdims=True).astype("float32") / 10


def _rare_words():
    """An embedding of many tokens, most of which no batch has."""
    x, y = data.tokens()
    inputs = keras.Input(x.shape[1:], dtype="int32")
    h = layers.GlobalAveragePooling1D()(layers.Embedding(50_000, 16)(inputs))
    model = keras.Model(inputs, layers.Dense(10, "softmax")(layers.Dense(32, "relu")(h)))
    model.compile(optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    return model, x * 40, y


def _functional(body, **arguments):
    return partial(f.functional, body=body, **arguments)


CASES = [
    Case("convolutional autoencoder", u.reconstructing),
    Case(
        "convolutional autoencoder sgd",
        partial(u.reconstructing, _optimizer("SGD", 0.1, momentum=0.9), "elu"),
    ),
    Case("mlp-mixer", _functional(_mixed, source=data.rows)),
    Case("sequence to sequence", u.reversing),
    Case("sequence to sequence lstm", partial(u.reversing, layer=layers.LSTM), epochs=5),
    Case("dilated residual convolutions", _functional(_dilated, source=data.rows)),
    Case("squeeze and excitation", _functional(_squeezed, source=data.images)),
    Case("mobile blocks", _functional(_mobile, source=data.images), epochs=8),
    Case("weight standardization", _functional(_standardized, source=data.images)),
    Case("feature-wise modulation", _functional(_modulated)),
    Case("soft mixture of experts", _functional(_experts)),
    Case("densely connected", _functional(_grown)),
    Case("one layer six times", _functional(_shared)),
    Case("sine units", _functional(_waves)),
    Case("maxout", _functional(_maxout, optimizer=_optimizer("SGD", 0.05))),
    Case("parametric relu", _functional(_parametric)),
    Case("binarized units", _functional(_binarized)),
    Case("attention pooling", _functional(_pooled_by_attention, source=data.rows)),
    Case("sparse units", _functional(_sparse)),
    Case("deep linear", _functional(_linear, optimizer=_optimizer("SGD", 0.03))),
    Case("graph of rows", _functional(_neighbors)),
    Case("normalized lstm", _functional(_normalized_recurrence, source=data.rows), epochs=5),
    Case("convolutional lstm", _functional(_convolved_recurrence, source=data.rows)),
    Case(
        "discrete autoencoder",
        partial(f.autoencoder, bottleneck=_discrete, optimizer=_optimizer("Adam", 5e-3)),
        epochs=5,
    ),
    Case("contrastive", u.contrastive),
    Case("triplets", u.triplets, epochs=6),
    Case("normalizing flow", u.flow, epochs=6),
    Case("policy gradient", u.bandit, epochs=8),
    Case("policy gradient sgd", partial(u.bandit, _optimizer("SGD", 0.3)), epochs=8),
    Case("q-learning", u.value_learning, epochs=6),
    Case("distilled", u.distilled),
    Case("adversarial features", u.adversarial),
    Case("masked sequences", partial(u.masked, _optimizer("Adam", 3e-3))),
    Case("vision transformer", u.patches),
    Case("vision transformer warm-up", partial(u.patches, _long_warm_up)),
    Case("rare words", _rare_words),
    Case("fine-tuned at 1e-5", partial(u.pretrained, _optimizer("Adam", 1e-5))),
    Case("fine-tuned at 1e-6", partial(u.pretrained, _optimizer("AdamW", 1e-6))),
    Case("fine-tuned with sgd", partial(u.pretrained, _optimizer("SGD", 1e-3, momentum=0.9))),
    Case("low-rank fine-tuning", partial(u.pretrained, _optimizer("Adam", 1e-3), adapters=True)),
    Case("converged", partial(u.pretrained, optimizers.Adam, epochs=30), epochs=6),
    Case("runs on for long", partial(f.mlp, source=data.wine), batch=8, epochs=40),
    Case("runs on with sgd", partial(f.mlp, optimizer=_optimizer("SGD", 0.3)), epochs=30),
    Case("by heart", partial(u.few, optimizer=_optimizer("Adam", 3e-3)), batch=8, epochs=60),
    Case("by heart with sgd", partial(u.few, optimizer=_optimizer("SGD", 0.1)), batch=4, epochs=60),
    Case("large batch", partial(f.mlp, optimizer=_optimizer("Adam", 5e-3)), batch=256, epochs=20),
    Case(
        "large batch cnn", partial(f.cnn, optimizer=_optimizer("Adam", 5e-3)), batch=512, epochs=30
    ),
    Case("batch of one", partial(u.few, 400, optimizer=_optimizer("SGD", 0.01)), batch=1, epochs=2),
    Case("batch of two cnn", f.cnn, batch=2, epochs=1),
    Case("heavy dropout", partial(f.mlp, widths=(256, 256), dropout=0.8), epochs=5),
    Case("label smoothing", partial(f.mlp, source=data.cancer, loss=_SMOOTH), batch=8),
    Case("cosine to zero", partial(f.mlp, optimizer=_cosine), epochs=6),
    Case("rate in stairs", partial(f.cnn, optimizer=_stairs)),
    Case("small rate", partial(f.mlp, optimizer=_optimizer("SGD", 0.01)), epochs=6),
    Case("small rate adam", partial(f.mlp, optimizer=_optimizer("Adam", 1e-4)), epochs=8),
    Case(
        "large rate",
        partial(f.mlp, optimizer=_optimizer("SGD", 1.0), normalization=layers.BatchNormalization),
    ),
    Case("clipped values", partial(f.cnn, optimizer=_optimizer("SGD", 0.1, clipvalue=0.01))),
    Case("lion", partial(f.mlp, optimizer=_optimizer("Lion", 3e-4))),
    Case("adamax", partial(f.cnn, optimizer=_optimizer("Adamax", 5e-3))),
    Case("ftrl", partial(f.mlp, widths=(), optimizer=_optimizer("Ftrl", 0.1))),
    Case("adadelta", partial(f.mlp, optimizer=_optimizer("Adadelta", 1.0))),
    Case(
        "nesterov",
        partial(f.resnet, optimizer=_optimizer("SGD", 0.02, momentum=0.9, nesterov=True)),
    ),
    Case("small second head", partial(f.two_heads, weight=1e-3)),
    Case("counts", _counts),
    Case(
        "hinge",
        partial(f.mlp, loss="hinge", source=data.cancer, output="linear"),
        batch=8,
        epochs=8,
    ),
    Case("relu6 narrow", partial(f.mlp, activation="relu6", widths=(12, 12, 12)), epochs=6),
    Case("wide relu layers", partial(f.mlp, widths=(1024, 256))),
    Case("half precision resnet", partial(f.in_half_precision, f.resnet)),
]
