"""The families of models of the detection benchmark: each builds a model for given data."""

import keras
import numpy as np
from keras import layers, ops

from benchmarks.detection import blocks, data


def _head(y):
    """Size, activation and loss of the output that fits the targets."""
    if y.dtype.kind == "i":
        classes = int(y.max()) + 1
        if classes == 2:
            return 1, "sigmoid", "binary_crossentropy"
        return classes, "softmax", "sparse_categorical_crossentropy"
    return y.shape[-1], "linear", "mse"


def _compiled(model, y, optimizer, loss=None, **arguments):
    model.compile(optimizer(), loss or _head(y)[2], **arguments)
    return model


def _dense(units, activation, normalization, **arguments):
    """A dense layer with what comes after it."""
    yield layers.Dense(units, **arguments)
    if normalization:
        yield normalization()
    yield layers.Activation(activation)


def mlp(
    source=data.digits,
    optimizer=keras.optimizers.Adam,
    widths=(48, 48),
    activation="relu",
    normalization=None,
    dropout=0.0,
    output=None,
    loss=None,
    output_arguments=None,
    compile_arguments=None,
    **arguments,
):
    x, y = source()
    units, output_activation, _ = _head(y)
    stack = [keras.Input(x.shape[1:])]
    for width in widths:
        stack += _dense(width, activation, normalization, **arguments)
        stack += [layers.Dropout(dropout)] if dropout else []
    activation = output_activation if output is None else output
    stack.append(layers.Dense(units, activation, dtype="float32", **(output_arguments or {})))
    model = keras.Sequential(stack)
    return _compiled(model, y, optimizer, loss, **(compile_arguments or {})), x, y


def cnn(
    source=data.images,
    optimizer=keras.optimizers.Adam,
    filters=(8, 16),
    activation="relu",
    normalization=None,
    layer=layers.Conv2D,
    pool=True,
    dense=(),
    **arguments,
):
    x, y = source()
    units, output_activation, _ = _head(y)
    stack = [keras.Input(x.shape[1:])]
    for i, count in enumerate(filters):
        stack += [layer(count, 3, padding="same", **arguments)]
        stack += [normalization()] if normalization else []
        stack += [layers.Activation(activation)]
        stack += [layers.MaxPooling2D()] if pool and i < 2 else []
    stack += [layers.Flatten()]
    stack += [layers.Dense(width, activation, **arguments) for width in dense]
    stack += [layers.Dense(units, output_activation, dtype="float32")]
    return _compiled(keras.Sequential(stack), y, optimizer), x, y


def recurrent(
    source=data.rows,
    optimizer=keras.optimizers.Adam,
    layer=layers.LSTM,
    depth=1,
    units=24,
    bidirectional=False,
    **arguments,
):
    x, y = source()
    stack = [keras.Input(x.shape[1:])]
    for i in range(depth):
        cell = layer(units, return_sequences=i < depth - 1, **arguments)
        stack += [layers.Bidirectional(cell) if bidirectional else cell]
    stack += [layers.Dense(*_head(y)[:2])]
    return _compiled(keras.Sequential(stack), y, optimizer), x, y


def resnet(
    source=data.images,
    optimizer=keras.optimizers.Adam,
    depth=3,
    filters=12,
    block=blocks.residual,
    **arguments,
):
    x, y = source()
    inputs = keras.Input(x.shape[1:])
    h = layers.Conv2D(filters, 3, padding="same")(inputs)
    for _ in range(depth):
        h = block(h, filters, **arguments)
    h = layers.GlobalAveragePooling2D()(layers.Activation("relu")(h))
    model = keras.Model(inputs, layers.Dense(*_head(y)[:2])(h))
    return _compiled(model, y, optimizer), x, y


def unet(source=data.denoising, optimizer=keras.optimizers.Adam, filters=8, activation="relu"):
    x, y = source()

    def conv(h, count):
        return layers.Conv2D(count, 3, padding="same", activation=activation)(h)

    inputs = keras.Input(x.shape[1:])
    fine = conv(inputs, filters)
    coarse = conv(layers.MaxPooling2D()(fine), 2 * filters)
    coarse = conv(coarse, 2 * filters)
    up = layers.Conv2DTranspose(filters, 2, strides=2)(coarse)
    h = conv(layers.concatenate([up, fine]), filters)
    return _compiled(keras.Model(inputs, layers.Conv2D(1, 1)(h)), y, optimizer), x, y


def transformer(source=data.rows, optimizer=keras.optimizers.Adam, depth=2, width=32, **arguments):
    x, y = source()
    inputs = keras.Input(x.shape[1:])
    h = layers.Dense(width)(inputs)
    h = blocks.Positions()(h)
    for _ in range(depth):
        h = blocks.attention(h, width, **arguments)
    h = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(h))
    return _compiled(keras.Model(inputs, layers.Dense(*_head(y)[:2])(h)), y, optimizer), x, y


def autoencoder(
    source=data.autoencoding,
    optimizer=keras.optimizers.Adam,
    bottleneck=None,
    code=8,
    activation="relu",
):
    x, y = source()
    inputs = keras.Input(x.shape[1:])
    h = layers.Dense(32, activation)(inputs)
    h = bottleneck(code)(h) if bottleneck else layers.Dense(code)(h)
    h = layers.Dense(32, activation)(h)
    model = keras.Model(inputs, layers.Dense(x.shape[-1])(h))
    return _compiled(model, y, optimizer), x, y


def gan(optimizer=lambda: keras.optimizers.Adam(1e-3, beta_1=0.5), source=data.digits):
    x, _ = source()
    model = blocks.Gan(x.shape[-1])
    model.compile(optimizer())
    return model, x, None


def siamese(source=data.pairs, optimizer=keras.optimizers.Adam, width=32):
    x, y = source()
    tower = keras.Sequential([layers.Dense(width, "relu"), layers.Dense(16)])
    one, other = keras.Input(x[0].shape[1:]), keras.Input(x[1].shape[1:])
    gap = ops.abs(tower(one) - tower(other))
    model = keras.Model([one, other], layers.Dense(1, "sigmoid")(gap))
    return _compiled(model, y, optimizer, "binary_crossentropy"), list(x), y


def embedding(source=data.tokens, optimizer=keras.optimizers.Adam, width=8, mixer=None):
    x, y = source()
    inputs = keras.Input(x.shape[1:], dtype="int32")
    h = layers.Embedding(17 * 64, width)(inputs)
    h = mixer()(h) if mixer else layers.GlobalAveragePooling1D()(h)
    return _compiled(keras.Model(inputs, layers.Dense(*_head(y)[:2])(h)), y, optimizer), x, y


def frozen(source=data.images, optimizer=keras.optimizers.Adam, tune=False):
    """A backbone that was trained on half of the classes, frozen or tuned on all of them."""
    x, y = source()
    backbone = keras.Sequential(
        [
            keras.Input(x.shape[1:]),
            layers.Conv2D(12, 3),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Flatten(),
        ]
    )
    before = keras.Sequential([backbone, layers.Dense(10, "softmax")])
    before.compile("adam", "sparse_categorical_crossentropy")
    before.fit(x[y < 5], y[y < 5], epochs=2, verbose=0)
    backbone.trainable = tune
    model = keras.Sequential([backbone, layers.Dense(10, "softmax")])
    return _compiled(model, y, optimizer), x, y


def two_heads(source=data.digits_and_parity, optimizer=keras.optimizers.Adam, weight=1.0):
    x, y = source()
    inputs = keras.Input(x.shape[1:])
    h = layers.Dense(32, "relu")(inputs)
    outputs = {
        "kind": layers.Dense(10, "softmax", name="kind")(h),
        "odd": layers.Dense(1, "sigmoid", name="odd")(h),
    }
    losses = {"kind": "sparse_categorical_crossentropy", "odd": "binary_crossentropy"}
    model = keras.Model(inputs, outputs)
    model.compile(optimizer(), losses, loss_weights={"kind": 1.0, "odd": weight})
    return model, x, y


def functional(source=data.digits, optimizer=keras.optimizers.Adam, body=None, **compile_arguments):
    """Any body between the input and the output that fits the targets."""
    x, y = source()
    inputs = keras.Input(x.shape[1:])
    model = keras.Model(inputs, layers.Dense(*_head(y)[:2], dtype="float32")(body(inputs)))
    return _compiled(model, y, optimizer, **compile_arguments), x, y


def in_half_precision(family, **arguments):
    """A family under the policy `mixed_float16`, with its loss scale."""
    keras.config.set_dtype_policy("mixed_float16")
    try:
        return family(**arguments)
    finally:
        keras.config.set_dtype_policy("float32")


def constant(value):
    return keras.initializers.Constant(value)


def normal(deviation):
    return keras.initializers.RandomNormal(stddev=deviation)


def reference_loss(y, loss) -> float:
    """The loss of the best constant prediction."""
    if isinstance(y, dict):
        return sum(reference_loss(target, loss[name]) for name, target in y.items())
    is_class = y.dtype.kind == "i" or set(np.unique(y)) == {0, 1}
    if not is_class or loss == "mse":
        return float(np.mean(np.var(y.reshape(len(y), -1), axis=0)))
    shares = np.bincount(y.astype(int).ravel()) / y.size
    return float(-(shares * np.log(np.maximum(shares, 1e-9))).sum())
