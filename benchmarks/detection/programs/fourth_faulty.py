"""Faulty programs of a fourth set, each with a repaired twin."""

import keras
import numpy as np
from keras import layers, ops
from sklearn import datasets


def _digits():
    data = datasets.load_digits()
    order = np.random.RandomState(0).permutation(len(data.target))[:1200]
    return data.data[order].astype("float32"), data.target[order].astype("int32")


def _scaled(x):
    return ((x - x.mean(0)) / (x.std(0) + 1e-6)).astype("float32")


# ---------------------------------------------------------------- no gradient


class _ConceptBridge(layers.Layer):
    """Turns concept probabilities into an embedding of the concept."""

    def __init__(self, concepts, width, hard, **kwargs):
        super().__init__(**kwargs)
        self.concepts, self.width, self.hard = concepts, width, hard

    def build(self, shape):
        self.table = self.add_weight(
            shape=(self.concepts, self.width), initializer="glorot_uniform", name="table"
        )

    def call(self, probabilities):
        if self.hard:
            return ops.take(self.table, ops.argmax(probabilities, axis=-1), axis=0)
        return ops.matmul(probabilities, self.table)


def token_argmax_bridge(fault):
    """The encoder's softmax is turned into an index by argmax before the second embedding, so
    nothing in front of it gets a gradient.

    Source: https://github.com/keras-team/keras/issues/11157
    """
    rng = np.random.RandomState(3)
    x = rng.randint(1, 20, size=(960, 12)).astype("int32")
    y = ((x < 8).sum(1) > (x > 12).sum(1)).astype("float32")[:, None]
    keras.utils.set_random_seed(1)
    tokens = keras.Input((12,), dtype="int32")
    h = layers.Embedding(20, 16, name="words")(tokens)
    h = layers.Conv1D(24, 3, activation="relu", name="encoder")(h)
    h = layers.GlobalAveragePooling1D()(h)
    concept = layers.Dense(10, activation="softmax", name="concepts")(h)
    h = _ConceptBridge(10, 16, hard=fault, name="bridge")(concept)
    h = layers.Dense(16, activation="relu", name="reader")(h)
    out = layers.Dense(1, activation="sigmoid", name="answer")(h)
    model = keras.Model(tokens, out)
    model.compile(
        optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", jit_compile=False
    )
    return model, x, y


def moe_hard_gate(fault):
    """Experts are chosen by a one-hot of the gate's argmax and not weighted by its probability, so
    the gate gets no gradient.

    Source: https://github.com/davidmrau/mixture-of-experts/issues/11
    """
    rng = np.random.RandomState(5)
    x = rng.normal(size=(1200, 6)).astype("float32")
    maps = rng.normal(size=(4, 6)) * 2
    part = (x[:, 0] > 0).astype(int) * 2 + (x[:, 1] > 0).astype(int)
    y = np.einsum("nd,nd->n", x, maps[part]).astype("float32")[:, None]
    keras.utils.set_random_seed(1)
    inp = keras.Input((6,))
    gate = layers.Dense(16, activation="tanh", name="gate_hidden")(inp)
    gate = layers.Dense(4, activation="softmax", name="gate")(gate)
    experts = layers.Dense(4, name="experts")(inp)
    if fault:
        weight = layers.Lambda(
            lambda g: ops.one_hot(ops.argmax(g, axis=-1), 4), output_shape=(4,), name="route"
        )(gate)
    else:
        weight = gate
    out = layers.Lambda(
        lambda t: ops.sum(t[0] * t[1], axis=-1, keepdims=True), output_shape=(1,), name="mix"
    )([weight, experts])
    model = keras.Model(inp, out)
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse")
    return model, x, y


def keypoint_argmax(fault):
    """The position of a peak is read from the heat map with argmax, which passes no gradient to
    the convolutions (soft-argmax would).

    Source: https://github.com/facebookresearch/supervision-by-registration/issues/41
    """
    rng = np.random.RandomState(7)
    n, length = 800, 40
    where = rng.randint(5, 35, n)
    x = rng.normal(scale=0.5, size=(n, length, 1))
    decoy = (where + rng.randint(8, 20, n)) % length
    for i in range(n):
        x[i, where[i], 0] += 2.0
        x[i, (where[i] + 1) % length, 0] -= 2.0
        x[i, decoy[i], 0] -= 2.0
        x[i, (decoy[i] + 1) % length, 0] += 2.0
    x = x.astype("float32")
    y = (where / length - 0.5).astype("float32")[:, None]
    keras.utils.set_random_seed(1)
    inp = keras.Input((length, 1))
    h = layers.Conv1D(8, 5, padding="same", activation="tanh", name="conv1")(inp)
    heat = layers.Flatten(name="heat")(layers.Conv1D(1, 5, padding="same", name="conv2")(h))
    grid = np.arange(length, dtype="float32") / length - 0.5
    if fault:
        pos = layers.Lambda(
            lambda t: ops.expand_dims(
                ops.cast(ops.argmax(t, axis=-1), "float32") / length - 0.5, -1
            ),
            output_shape=(1,),
            name="peak",
        )(heat)
    else:
        pos = layers.Lambda(
            lambda t: ops.sum(ops.softmax(t, axis=-1) * grid, axis=-1, keepdims=True),
            output_shape=(1,),
            name="peak",
        )(heat)
    out = layers.Dense(1, name="calibrate")(pos)
    model = keras.Model(inp, out)
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse")
    return model, x, y


# ------------------------------------------------------------- zero gradients


def softmax_on_one_unit(fault):
    """A binary classifier ends in Dense(1, softmax), which is always 1, so every gradient is
    exactly zero.

    Source: https://github.com/keras-team/keras/issues/126
    """
    data = datasets.load_breast_cancer()
    x, y = _scaled(data.data), data.target.astype("float32")[:, None]
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((30,)),
            layers.Dense(48, activation="relu"),
            layers.Dense(24, activation="relu"),
            layers.Dense(1, activation="softmax" if fault else "sigmoid"),
        ]
    )
    model.compile(optimizer="rmsprop", loss="mse")
    return model, x, y


def sign_hash_codes(fault):
    """A hashing autoencoder binarises its code with sign(), whose derivative is zero everywhere,
    so the encoder never moves.

    Source: https://github.com/layog/Accurate-Binary-Convolution-Network/issues/6
    """
    x, _ = _digits()
    x = (x - x.mean(0)) / 8.0
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(64, activation="relu", name="enc1"),
            layers.Dense(6, name="enc2"),
            layers.Activation(ops.sign if fault else ops.tanh, name="code"),
            layers.Dense(64, activation="relu", name="dec1"),
            layers.Dense(64, name="dec2"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.004), loss="mse")
    return model, x, x


def attention_softmax_last_axis(fault):
    """The attention scores (batch, time, 1) are normalised over the last axis instead of time: all
    weights are 1 and the scorer gets zero gradients.

    Source: https://github.com/PetrochukM/PyTorch-NLP/issues/2
    """
    rng = np.random.RandomState(11)
    n, steps = 900, 24
    x = rng.normal(size=(n, steps, 4)).astype("float32")
    x[:, :, 0] = -1.0
    mark = rng.randint(0, steps, n)
    x[np.arange(n), mark, 0] = 2.0
    y = x[np.arange(n), mark, 1:2] * 2.0
    keras.utils.set_random_seed(1)
    inp = keras.Input((steps, 4))
    values = layers.Dense(12, activation="tanh", name="values")(inp)
    score = layers.Dense(8, activation="tanh", name="score_hidden")(inp)
    score = layers.Dense(1, name="score")(score)
    weight = layers.Softmax(axis=-1 if fault else 1, name="weights")(score)
    pooled = layers.Lambda(lambda t: ops.sum(t[0] * t[1], axis=1), output_shape=(12,), name="pool")(
        [weight, values]
    )
    out = layers.Dense(
        1, kernel_initializer=keras.initializers.RandomNormal(stddev=0.05, seed=3), name="out"
    )(layers.LayerNormalization(name="norm")(pooled))
    model = keras.Model(inp, out)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    return model, x, y.astype("float32")


def layernorm_on_scalar(fault):
    """LayerNormalization sits behind the one-unit output: one value minus its own mean is 0, so
    only its bias is trained.

    Source: https://github.com/pytorch/pytorch/pull/12968
    """
    data = datasets.load_diabetes()
    x = _scaled(data.data)
    y = _scaled(data.target[:, None])
    keras.utils.set_random_seed(1)
    inp = keras.Input((10,))
    h = layers.Dense(32, activation="gelu")(inp)
    h = layers.Dense(16, activation="gelu")(h)
    if fault:
        out = layers.LayerNormalization()(layers.Dense(1)(h))
    else:
        out = layers.Dense(1)(layers.LayerNormalization()(h))
    model = keras.Model(inp, out)
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse", jit_compile=False)
    return model, x, y


# -------------------------------------------------------------- dead channels


def relu_forecast_of_frost(fault):
    """Winter temperatures (all below zero) are forecast by a GRU whose output unit is a ReLU: it
    predicts 0 for ever and gets no gradient.

    Source: https://github.com/keras-team/keras/issues/3687
    """
    rng = np.random.RandomState(13)
    n, steps = 500, 10
    t = rng.uniform(0, 100, n)[:, None] + np.arange(steps + 1)[None]
    series = -5 + 3 * np.sin(t / 4.0) + rng.normal(scale=0.4, size=t.shape)
    x = ((series[:, :steps] + 5) / 3)[..., None].astype("float32")
    y = series[:, steps:].astype("float32")
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((steps, 1)),
            layers.GRU(16),
            layers.Dense(1, activation="relu" if fault else None),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse", jit_compile=False)
    return model, x, y


def cnn_adam_half(fault):
    """A small CNN is trained by Adam with a learning rate of 0.3: the first steps overshoot and
    leave nearly all ReLU units dead.

    Source: https://github.com/Ayush-dhabale/Deeplearning
    """
    x, y = _digits()
    x = (x / 16.0).reshape(-1, 8, 8, 1)
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(2),
            layers.Conv2D(24, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(48, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.3 if fault else 0.003),
        loss="sparse_categorical_crossentropy",
    )
    return model, x, y


def raw_wine_columns(fault):
    """The wine table is used in its own units (proline up to 1680) with SGD: the first update is
    enormous, the ReLU units die and the loss stays.

    Source: https://github.com/keras-team/keras/issues/1006
    """
    data = datasets.load_wine()
    x = data.data.astype("float32") if fault else _scaled(data.data)
    y = data.target.astype("int32")
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((13,)),
            layers.Dense(32, activation="relu", kernel_initializer="he_normal"),
            layers.Dense(16, activation="relu", kernel_initializer="he_normal"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.SGD(0.05), loss="sparse_categorical_crossentropy")
    return model, x, y


# ----------------------------------------------------------------- not finite


def siamese_distance_root(fault):
    """The siamese distance is sqrt(sum of squares) with no floor, and identical pairs in the data
    give an infinite derivative.

    Source: https://github.com/keras-team/keras/issues/9097
    """
    images, label = _digits()
    images = images / 16.0
    rng = np.random.RandomState(19)
    left = rng.randint(0, len(images), 800)
    right = rng.randint(0, len(images), 800)
    for i in range(0, 800, 2):
        right[i] = rng.choice(np.flatnonzero(label == label[left[i]]))
    right[::40] = left[::40]
    x = np.stack([images[left], images[right]], 1).astype("float32")
    y = (label[left] == label[right]).astype("float32")[:, None]
    keras.utils.set_random_seed(1)
    pair = keras.Input((2, 64))
    tower = keras.Sequential(
        [keras.Input((64,)), layers.Dense(48, activation="relu"), layers.Dense(16)], name="tower"
    )
    a, b = tower(pair[:, 0]), tower(pair[:, 1])

    def distance(t):
        square = ops.sum(ops.square(t[0] - t[1]), axis=-1, keepdims=True)
        return ops.sqrt(square if fault else ops.maximum(square, 1e-7))

    out = layers.Lambda(distance, output_shape=(1,), name="distance")([a, b])

    def margin(t, d):
        return ops.mean(t * d + (1 - t) * ops.maximum(2.0 - d, 0.0), axis=-1)

    model = keras.Model(pair, out)
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss=margin)
    return model, x, y


def poisson_with_linear_output(fault):
    """Counts are fitted with the Poisson loss and a linear output, so the logarithm sees negative
    rates.

    Source: https://github.com/keras-team/keras/issues/590
    """
    rng = np.random.RandomState(23)
    x = rng.normal(size=(900, 8)).astype("float32")
    rate = np.exp(0.8 + 0.7 * x[:, 0] - 0.5 * x[:, 1] + 0.3 * x[:, 2] * x[:, 3])
    y = rng.poisson(rate).astype("float32")[:, None]
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(32, activation="relu"),
            layers.Dense(16, activation="relu"),
            layers.Dense(1, activation=None if fault else "softplus"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="poisson")
    return model, x, y


def lstm_with_relu(fault):
    """An LSTM uses ReLU in place of tanh over a long sequence with SGD: the state grows without
    bound until it overflows.

    Source: https://github.com/keras-team/keras/issues/2194
    """
    rng = np.random.RandomState(29)
    n, steps = 300, 40
    x = rng.uniform(0, 10, size=(n, steps, 4)).astype("float32")
    y = (x[:, -3:, 0].mean(1, keepdims=True) - 0.5 * x[:, -3:, 1].mean(1, keepdims=True)).astype(
        "float32"
    )
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((steps, 4)),
            layers.LSTM(24, activation="relu" if fault else "tanh"),
            layers.Dense(1),
        ]
    )
    model.compile(optimizer=keras.optimizers.SGD(0.01, momentum=0.9), loss="mse")
    return model, x, y


def float16_with_adam(fault):
    """The layers run and keep their weights in float16, where Adam's squared gradients and epsilon
    of 1e-7 underflow.

    Source: https://github.com/keras-team/keras/issues/11860
    """
    x, y = _digits()
    x = (x / 16.0).astype("float32")
    dtype = "float16" if fault else "float32"
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(64, activation="relu", dtype=dtype),
            layers.Dense(32, activation="relu", dtype=dtype),
            layers.Dense(10, activation="softmax", dtype=dtype),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return model, x, y


def television_budget(fault):
    """One-variable linear regression on raw budgets and sales with plain SGD diverges to NaN.

    Source: https://stats.stackexchange.com/questions/284189/simple-linear-regression-in-keras
    """
    rng = np.random.RandomState(31)
    budget = rng.uniform(1, 300, size=(200, 1))
    sales = 7 + 0.05 * budget + rng.normal(scale=1.0, size=budget.shape)
    if not fault:
        budget, sales = _scaled(budget), _scaled(sales)
    keras.utils.set_random_seed(1)
    inp = keras.Input((1,))
    out = layers.Dense(1)(inp)
    model = keras.Model(inp, out)
    model.compile(optimizer=keras.optimizers.SGD(), loss="mse")
    return model, budget.astype("float32"), sales.astype("float32")


# ------------------------------------------------------------------ vanishing


def seven_sigmoid_layers(fault):
    """Seven sigmoid layers trained by SGD: the derivative of at most 1/4 per layer leaves nothing
    for the first ones.

    Source: https://ai.stackexchange.com/questions/16557/what-could-be-the-problem-when-a-neural-network-with-four-hidden-layers-with-the
    """
    x, y = _digits()
    x = (x / 16.0).astype("float32")
    act, init = ("sigmoid", "glorot_uniform") if fault else ("relu", "he_normal")
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((64,))]
        + [layers.Dense(40, activation=act, kernel_initializer=init) for _ in range(7)]
        + [layers.Dense(10, activation="softmax")]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(0.05, momentum=0.9), loss="sparse_categorical_crossentropy"
    )
    return model, x, y


def rating_through_sigmoid(fault):
    """Ratings from 3 to 9 are regressed through a sigmoid output: it runs into saturation at 1 and
    the gradients fade away.

    Source: https://codewithsundeep.com/discussion/solution/58887284
    """
    rng = np.random.RandomState(41)
    x = rng.normal(size=(1000, 12)).astype("float32")
    y = np.clip(6 + 1.2 * np.tanh(x[:, :1] + x[:, 1:2]) + x[:, 2:3] * 0.8, 3, 9).astype("float32")
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((12,)),
            layers.Dense(48, activation="relu"),
            layers.Dense(24, activation="relu"),
            layers.Dense(1, activation="sigmoid" if fault else None),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
    return model, x, y


def padding_after_the_signal(fault):
    """Short sequences are zero-padded at the end and not masked: after thirty empty steps the
    recurrent state has forgotten them.

    Source: https://github.com/keras-team/keras/issues/1855
    """
    rng = np.random.RandomState(43)
    n, steps = 500, 40
    x = np.zeros((n, steps, 3), "float32")
    real = rng.normal(size=(n, 8, 3))
    x[:, :8] = real
    y = (real[:, :, 0].sum(1) > real[:, :, 1].sum(1)).astype("float32")[:, None]
    recurrent = keras.initializers.RandomNormal(stddev=0.1, seed=4)
    keras.utils.set_random_seed(1)
    inp = keras.Input((steps, 3))
    h = inp if fault else layers.Masking()(inp)
    h = layers.SimpleRNN(24, recurrent_initializer=recurrent, name="rnn")(h)
    out = layers.Dense(1, activation="sigmoid")(h)
    model = keras.Model(inp, out)
    model.compile(
        optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", jit_compile=False
    )
    return model, x, y


def weight_decay_of_one(fault):
    """An L2 penalty with factor 0.5 on every layer of a deep network outweighs the loss: all
    kernels shrink to nothing and no signal passes.

    Source: https://dl.acm.org/doi/10.1145/3460319.3464825
    """
    x, y = _digits()
    x = (x / 16.0).astype("float32")
    reg = keras.regularizers.L2(0.5 if fault else 1e-5)
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((64,))]
        + [layers.Dense(32, activation="tanh", kernel_regularizer=reg) for _ in range(3)]
        + [layers.Dense(10, activation="softmax", kernel_regularizer=reg)]
    )
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="sparse_categorical_crossentropy")
    return model, x, y


# ------------------------------------------------------------------ exploding


def fraud_weight(fault):
    """The rare class is weighted by 3000 in the loss of an imbalanced problem and SGD keeps its
    usual step: every rare row throws the weights far away.

    Source: https://github.com/MIC-DKFZ/nnUNet/issues/1118
    """
    rng = np.random.RandomState(53)
    n = 1200
    y = (rng.uniform(size=n) < 0.05).astype("float32")
    x = rng.normal(size=(n, 16)).astype("float32")
    x[y == 1, :4] += 1.5
    y = y[:, None]
    factor = 3000.0 if fault else 5.0

    def weighted(t, z):
        per_row = ops.softplus(z) - t * z
        return ops.mean((1.0 + (factor - 1.0) * t) * per_row, axis=-1)

    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((16,)),
            layers.Dense(32, activation="tanh"),
            layers.Dense(16, activation="tanh"),
            layers.Dense(1),
        ]
    )
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss=weighted)
    return model, x, y


def unit_normal_kernels(fault):
    """Kernels are drawn with standard deviation 1 (RandomNormal) in wide ReLU layers: activations
    and gradients are thousands of times too large.

    Source: https://github.com/keras-team/keras/issues/1597
    """
    x, y = _digits()
    x = (x / 16.0).astype("float32")
    init = (
        keras.initializers.RandomNormal(stddev=1.0, seed=2)
        if fault
        else keras.initializers.HeNormal(seed=2)
    )

    def dense(units, act):
        return layers.Dense(units, activation=act, kernel_initializer=init.clone())

    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            dense(96, "relu"),
            dense(96, "relu"),
            dense(96, "relu"),
            dense(10, None),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(0.02, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model, x, y


def transformer_big_step(fault):
    """A transformer encoder is trained by Adam at 0.2 with no warm-up: the first steps throw the
    weights away and the loss stays at chance.

    Source: https://github.com/strongio/keras-bert/issues/11
    """
    rng = np.random.RandomState(59)
    x = rng.randint(1, 30, size=(600, 16)).astype("int32")
    y = (np.isin(x, [3, 7, 11, 19]).sum(1) > 2).astype("float32")[:, None]
    keras.utils.set_random_seed(1)
    tokens = keras.Input((16,), dtype="int32")
    h = layers.Embedding(30, 24)(tokens)
    for _ in range(2):
        a = layers.MultiHeadAttention(2, 12)(h, h)
        h = layers.LayerNormalization()(layers.Add()([h, a]))
        f = layers.Dense(24)(layers.Dense(48, activation="relu")(h))
        h = layers.LayerNormalization()(layers.Add()([h, f]))
    h = layers.GlobalAveragePooling1D()(h)
    out = layers.Dense(1, activation="sigmoid")(h)
    model = keras.Model(tokens, out)
    model.compile(
        optimizer=keras.optimizers.Adam(0.2 if fault else 0.002),
        loss="binary_crossentropy",
        jit_compile=False,
    )
    return model, x, y


# --------------------------------------------------------------------- frozen


def adadelta_default(fault):
    """An autoencoder copied from a tutorial compiles with "adadelta", whose learning rate became
    0.001: the weights hardly move.

    Source: https://github.com/tensorflow/tensorflow/issues/39432
    """
    x, _ = _digits()
    x = (x / 16.0).astype("float32")
    keras.utils.set_random_seed(1)
    inp = keras.Input((64,))
    code = layers.Dense(24, activation="relu")(inp)
    out = layers.Dense(64, activation="sigmoid")(code)
    model = keras.Model(inp, out)
    model.compile(
        optimizer="adadelta" if fault else keras.optimizers.Adadelta(1.0, epsilon=1e-5),
        loss="binary_crossentropy",
    )
    return model, x, x


def adam_epsilon_one(fault):
    """Adam's epsilon is 1.0 (copied from an ImageNet recipe) while the gradients are around 0.01,
    so each step is hardly anything.

    Source: https://github.com/balancap/SSD-Tensorflow/issues/385
    """
    x, y = _digits()
    x = (x / 16.0).reshape(-1, 8, 8, 1).astype("float32")
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.SeparableConv2D(16, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(2),
            layers.Conv2D(24, 3, activation="relu", padding="same"),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.003, epsilon=1.0 if fault else 1e-7),
        loss="sparse_categorical_crossentropy",
    )
    return model, x, y


def bfloat16_weights(fault):
    """The layers keep their weights in bfloat16, where Adam's 0.999 rounds to 1 and steps of 1e-4
    are below the last place of most weights: nothing moves.

    Source: https://github.com/keras-team/keras-hub/issues/2629
    """
    x, y = _digits()
    x = (x / 16.0).astype("float32")
    dtype = "bfloat16" if fault else "mixed_bfloat16"
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(256, activation="relu", dtype=dtype, kernel_initializer="he_normal"),
            layers.Dense(10, dtype=dtype, kernel_initializer="he_normal"),
            layers.Activation("softmax", dtype="float32"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.0001), loss="sparse_categorical_crossentropy")
    return model, x, y


def clipnorm_of_retinanet(fault):
    """clipnorm=0.001 is taken over from an Adam recipe into SGD, where it bounds every step to
    nearly nothing.

    Source: https://github.com/fizyr/keras-retinanet/issues/942
    """
    rng = np.random.RandomState(61)
    n, steps = 500, 16
    phase = rng.uniform(0, 6, n)[:, None]
    freq = rng.choice([0.4, 0.8, 1.3], n)
    x = (np.sin(phase + freq[:, None] * np.arange(steps)) + rng.normal(scale=0.1, size=(n, steps)))[
        ..., None
    ].astype("float32")
    y = np.searchsorted([0.5, 1.0], freq).astype("int32")
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((steps, 1)),
            layers.Conv1D(16, 5, activation="relu"),
            layers.Conv1D(16, 3, activation="relu"),
            layers.GlobalMaxPooling1D(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(0.1, clipnorm=0.001 if fault else 10.0),
        loss="sparse_categorical_crossentropy",
    )
    return model, x, y


def cosine_over_epochs(fault):
    """The cosine schedule's decay_steps counts epochs where Keras counts batches: after five
    batches the learning rate is zero.

    Source: https://github.com/keras-team/keras/pull/18722
    """
    rng = np.random.RandomState(67)
    vocab = 200
    x = rng.randint(1, vocab, size=(900, 20)).astype("int32")
    mood = rng.normal(size=vocab)
    y = (mood[x].sum(1) > 0).astype("float32")[:, None]
    batches = 900 // 32
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((20,), dtype="int32"),
            layers.Embedding(vocab, 16),
            layers.GlobalAveragePooling1D(),
            layers.Dense(16, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    rate = keras.optimizers.schedules.CosineDecay(0.02, decay_steps=5 if fault else 5 * batches)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="binary_crossentropy")
    return model, x, y


def house_prices_in_dollars(fault):
    """Prices of several hundred thousand are regressed by Adam with steps of 0.001: the gradient
    is huge and the weights get nowhere.

    Source: http://stackoverflow.com.mevn.net/questions/52800582/why-do-i-fail-to-predict-y-x4-with-keras-y-x3-works
    """
    rng = np.random.RandomState(71)
    x = rng.normal(size=(900, 9)).astype("float32")
    price = 310000 + 60000 * x[:, :1] + 35000 * np.maximum(x[:, 1:2], 0) - 20000 * x[:, 2:3]
    price = price + rng.normal(scale=8000, size=price.shape)
    y = (price if fault else (price - price.mean()) / price.std()).astype("float32")
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((9,)),
            layers.Dense(32, activation="relu"),
            layers.Dense(16, activation="relu"),
            layers.Dense(1),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.001 if fault else 0.003), loss="mse")
    return model, x, y


PROGRAMS = {
    token_argmax_bridge: dict(symptoms=("missing",), batch=32, epochs=4),
    moe_hard_gate: dict(symptoms=("missing",), batch=32, epochs=6),
    keypoint_argmax: dict(symptoms=("missing",), batch=32, epochs=6),
    softmax_on_one_unit: dict(symptoms=("zero",), batch=16, epochs=4),
    sign_hash_codes: dict(symptoms=("zero",), batch=32, epochs=8),
    attention_softmax_last_axis: dict(symptoms=("zero",), batch=32, epochs=6),
    layernorm_on_scalar: dict(symptoms=("zero",), batch=16, epochs=5),
    relu_forecast_of_frost: dict(symptoms=("zero", "dead-channels"), batch=16, epochs=6),
    cnn_adam_half: dict(symptoms=("exploding", "dead-channels", "zero"), batch=32, epochs=3),
    raw_wine_columns: dict(symptoms=("exploding", "dead-channels", "zero"), batch=8, epochs=8),
    siamese_distance_root: dict(symptoms=("non-finite",), batch=16, epochs=3),
    poisson_with_linear_output: dict(symptoms=("non-finite",), batch=32, epochs=5),
    lstm_with_relu: dict(symptoms=("exploding", "non-finite"), batch=16, epochs=5),
    float16_with_adam: dict(symptoms=("exploding", "non-finite"), batch=32, epochs=3),
    television_budget: dict(symptoms=("exploding", "non-finite"), batch=4, epochs=5),
    seven_sigmoid_layers: dict(symptoms=("vanishing",), batch=32, epochs=5),
    rating_through_sigmoid: dict(symptoms=("vanishing",), batch=16, epochs=4),
    padding_after_the_signal: dict(symptoms=("vanishing",), batch=25, epochs=5),
    weight_decay_of_one: dict(symptoms=("vanishing",), batch=32, epochs=5),
    fraud_weight: dict(symptoms=("exploding",), batch=32, epochs=4),
    unit_normal_kernels: dict(symptoms=("exploding", "dead-channels", "zero"), batch=32, epochs=3),
    transformer_big_step: dict(symptoms=("exploding", "vanishing"), batch=32, epochs=4),
    adadelta_default: dict(symptoms=("frozen",), batch=32, epochs=5, start=True),
    adam_epsilon_one: dict(symptoms=("frozen",), batch=32, epochs=4),
    bfloat16_weights: dict(symptoms=("frozen",), batch=16, epochs=4),
    clipnorm_of_retinanet: dict(symptoms=("frozen",), batch=16, epochs=5),
    cosine_over_epochs: dict(symptoms=("frozen",), batch=32, epochs=5),
    house_prices_in_dollars: dict(symptoms=("frozen", "exploding"), batch=32, epochs=5),
}
