"""Healthy programs that came later: losses, routings and schedules that the first ones lack."""

import keras
import numpy as np
from keras import layers, ops, optimizers

from benchmarks.detection.programs import corpus
from benchmarks.detection.programs.corpus import CE


def _flat():
    x, y = corpus.digits()
    return x.reshape(len(x), 64), y


def _table(name):
    x, y = corpus.measurements(name)
    return (x - x.mean(0)) / (x.std(0) + 1e-6), y


def _stack(shape, *stack, **compiled):
    model = keras.Sequential([keras.Input(shape), *stack])
    model.compile(**compiled)
    return model


def switch_experts():
    class Switch(layers.Layer):
        """Each example goes to the expert with the highest score; an extra loss balances them."""

        def __init__(self):
            super().__init__()
            self.gate = layers.Dense(4, "softmax")
            self.experts = [layers.Dense(32, "relu") for _ in range(4)]

        def call(self, x):
            shares = self.gate(x)
            chosen = ops.one_hot(ops.argmax(shares, -1), 4)
            self.add_loss(0.04 * ops.sum(ops.mean(chosen, 0) * ops.mean(shares, 0)))
            outputs = ops.stack([expert(x) for expert in self.experts], 1)
            return ops.sum((chosen * shares)[..., None] * outputs, 1)

    x, y = _flat()
    model = _stack(
        (64,),
        layers.Dense(32, "relu"),
        Switch(),
        layers.Dense(10, "softmax"),
        optimizer="adam",
        loss=CE,
    )
    return model, x, y


def rezero():
    class Gate(layers.Layer):
        def build(self, shape):
            self.alpha = self.add_weight(shape=(), initializer="zeros", name="alpha")

        def call(self, x):
            return self.alpha * x

    x, y = _flat()
    inputs = keras.Input((64,))
    h = layers.Dense(48)(inputs)
    for _ in range(12):
        h = h + Gate()(layers.Dense(48, "relu")(h))
    model = keras.Model(inputs, layers.Dense(10, "softmax")(h))
    model.compile(optimizers.Adam(1e-3), CE)
    return model, x, y


def tied_language_model():
    x, y = corpus.snippets()
    table = layers.ReversibleEmbedding(30, 32)
    inputs = keras.Input((32,), dtype="int32")
    h = layers.GRU(32, return_sequences=True)(table(inputs))
    model = keras.Model(inputs, table(h, reverse=True))
    model.compile(optimizers.Adam(5e-3), keras.losses.SparseCategoricalCrossentropy(True))
    return model, x, y


def simclr():
    class Contrastive(keras.Model):
        def __init__(self):
            super().__init__()
            self.encoder = keras.Sequential(
                [
                    layers.Conv2D(16, 3, activation="relu"),
                    layers.Conv2D(32, 3, activation="relu"),
                    layers.GlobalAveragePooling2D(),
                    layers.Dense(32, "relu"),
                    layers.Dense(16),
                ]
            )

        def call(self, x):
            return ops.stack([self.encoder(x[:, 0]), self.encoder(x[:, 1])], 1)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            z = y_pred / ops.sqrt(ops.sum(ops.square(y_pred), -1, keepdims=True) + 1e-9)
            scores = ops.matmul(z[:, 0], ops.transpose(z[:, 1])) / 0.1
            right = ops.arange(ops.shape(scores)[0])
            one, other = (
                keras.losses.sparse_categorical_crossentropy(right, s, True)
                for s in (scores, ops.transpose(scores))
            )
            return ops.mean(one + other) / 2

    x, _ = corpus.digits()
    noise = np.random.default_rng(0).normal(0, 0.1, (2, *x.shape))
    pairs = np.stack([x + noise[0], x + noise[1]], 1).astype("float32")
    model = Contrastive()
    model(pairs[:2])
    model.compile(optimizers.Adam(1e-3))
    return model, pairs, None


def bandit():
    class Policy(keras.Model):
        """Guesses the class of a digit and hears only whether it was right: a policy gradient."""

        def __init__(self):
            super().__init__()
            self.net = keras.Sequential([layers.Dense(64, "relu"), layers.Dense(10)])
            self.seed = keras.random.SeedGenerator(0)

        def call(self, x):
            return self.net(x)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            log_p = ops.log_softmax(y_pred)
            action = keras.random.categorical(y_pred, 1, seed=self.seed)[:, 0]
            reward = ops.cast(ops.equal(ops.cast(y, "int32"), ops.cast(action, "int32")), "float32")
            taken = ops.sum(ops.one_hot(action, 10) * log_p, -1)
            if not training:
                return 1 - ops.mean(reward)
            return -ops.mean((reward - 0.3) * taken)

    x, y = _flat()
    model = Policy()
    model(x[:2])
    model.compile(optimizers.Adam(2e-3))
    return model, x, y


def mixture_density():
    def likelihood(y, p):
        share, mean, log_scale = ops.split(p, 3, axis=-1)
        part = -0.5 * ops.square((y - mean) * ops.exp(-log_scale)) - log_scale
        return -ops.logsumexp(ops.log_softmax(share) + part, axis=-1)

    rng = np.random.default_rng(0)
    t = rng.uniform(-1, 1, (1500, 1))
    x = np.sin(3 * t) + 0.3 * t + rng.normal(0, 0.05, t.shape)
    model = _stack(
        (1,),
        layers.Dense(32, "tanh"),
        layers.Dense(15),
        optimizer=optimizers.Adam(5e-3),
        loss=likelihood,
    )
    return model, x.astype("float32"), t.astype("float32")


def quantiles():
    def pinball(y, p):
        gap = y - p
        levels = ops.convert_to_tensor([0.1, 0.5, 0.9])
        return ops.mean(ops.maximum(levels * gap, (levels - 1) * gap), -1)

    x, y = _table("diabetes")
    y = ((y - y.mean()) / y.std()).astype("float32")[:, None]
    model = _stack((10,), layers.Dense(32, "relu"), layers.Dense(3), optimizer="adam", loss=pinball)
    return model, x, y


def hinge():
    x, y = _table("breast_cancer")
    model = _stack((30,), layers.Dense(1), optimizer=optimizers.SGD(0.01), loss="squared_hinge")
    return model, x, (2.0 * y - 1).astype("float32")[:, None]


def distillation():
    class Distiller(keras.Model):
        def __init__(self, teacher):
            super().__init__()
            self.teacher = teacher
            self.teacher.trainable = False
            self.student = keras.Sequential([layers.Dense(16, "relu"), layers.Dense(10)])

        def call(self, x):
            return self.student(x)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            soft = ops.softmax(self.teacher(x) / 2)
            hard = keras.losses.sparse_categorical_crossentropy(y, y_pred, from_logits=True)
            near = keras.losses.categorical_crossentropy(soft, y_pred / 2, from_logits=True)
            return ops.mean(0.1 * hard + 0.9 * near)

    x, y = _flat()
    teacher = _stack(
        (64,),
        layers.Dense(128, "relu"),
        layers.Dense(10),
        optimizer="adam",
        loss=keras.losses.SparseCategoricalCrossentropy(True),
    )
    teacher.fit(x, y, epochs=5, verbose=0)
    model = Distiller(teacher)
    model(x[:2])
    model.compile(optimizers.Adam(3e-3))
    return model, x, y


def fine_tuning():
    x, y = corpus.digits()
    base = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 3),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Flatten(),
        ]
    )
    model = keras.Sequential([base, layers.Dense(10, "softmax")])
    model.compile("adam", CE)
    model.fit(x, y % 5, epochs=3, verbose=0)
    tuned = keras.Sequential([base, layers.Dense(10, "softmax")])
    tuned.compile(optimizers.Adam(1e-4), CE)
    return tuned, x, y


def accumulated():
    x, y = corpus.digits()
    optimizer = optimizers.AdamW(2e-3, gradient_accumulation_steps=4)
    model = _stack(
        (8, 8, 1),
        layers.Conv2D(16, 3, activation="gelu"),
        layers.Flatten(),
        layers.Dense(10, "softmax"),
        optimizer=optimizer,
        loss=CE,
    )
    return model, x, y


def clipped_text_lstm():
    x, y = corpus.sources()
    model = _stack(
        (48,),
        layers.Embedding(30, 16),
        layers.LSTM(32),
        layers.Dense(3, "softmax"),
        optimizer=optimizers.Adam(5e-3, clipnorm=1.0),
        loss=CE,
    )
    return model, x, y


def selu():
    x, y = _flat()
    hidden = [
        layer
        for _ in range(5)
        for layer in (
            layers.Dense(48, "selu", kernel_initializer="lecun_normal"),
            layers.AlphaDropout(0.1),
        )
    ]
    model = _stack((64,), *hidden, layers.Dense(10, "softmax"), optimizer="nadam", loss=CE)
    return model, x, y


def focal():
    x, y = _flat()
    model = _stack(
        (64,),
        layers.Dense(32, "relu"),
        layers.Dense(1, "sigmoid"),
        optimizer="adam",
        loss=keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True),
    )
    return model, x, (y == 3).astype("float32")[:, None]


def counts():
    x, y = _table("diabetes")
    model = _stack(
        (10,),
        layers.Dense(16, "relu"),
        layers.Dense(1, "exponential"),
        optimizer=optimizers.Adam(1e-2),
        loss="poisson",
    )
    return model, x, np.round(y / 50).astype("float32")[:, None]


def neural_ode():
    x, y = _flat()
    inputs = keras.Input((64,))
    h, flow = layers.Dense(32)(inputs), layers.Dense(32, "tanh")
    for _ in range(10):
        h = h + 0.1 * flow(h)
    model = keras.Model(inputs, layers.Dense(10, "softmax")(h))
    model.compile(optimizers.Adam(2e-3), CE)
    return model, x, y


def ctc():
    x, y = corpus.digits()
    lines = x[:1795, :, :, 0].reshape(359, 5, 8, 8).transpose(0, 1, 3, 2).reshape(359, 40, 8)
    model = _stack(
        (40, 8),
        layers.Conv1D(32, 3, padding="same", activation="relu"),
        layers.Bidirectional(layers.GRU(32, return_sequences=True)),
        layers.Dense(11),
        optimizer=optimizers.Adam(5e-3),
        loss=keras.losses.CTC(),
    )
    return model, lines, (y[:1795].reshape(359, 5) + 1).astype("int32")


def masked_tokens():
    x, _ = corpus.snippets()
    hidden = np.random.default_rng(0).random(x.shape) < 0.15
    inputs = keras.Input((32,), dtype="int32")
    h = layers.Embedding(31, 32)(inputs) + layers.Embedding(32, 32)(ops.arange(32))
    for _ in range(2):
        h = layers.LayerNormalization()(h + layers.MultiHeadAttention(2, 16)(h, h))
        h = layers.LayerNormalization()(h + layers.Dense(32)(layers.Dense(64, "relu")(h)))
    model = keras.Model(inputs, layers.Dense(30)(h))
    model.compile(
        optimizers.Adam(2e-3), keras.losses.SparseCategoricalCrossentropy(True, ignore_class=0)
    )
    return model, np.where(hidden, 30, x).astype("int32"), np.where(hidden, x, 0).astype("int32")


def point_sets():
    x, y = corpus.digits()
    points = np.zeros((len(x), 20, 3), "float32")
    for i, image in enumerate(x[..., 0]):
        order = np.argsort(-image.ravel())[:20]
        points[i] = np.stack([order // 8 / 8, order % 8 / 8, image.ravel()[order]], -1)
    model = _stack(
        (20, 3),
        layers.Dense(32, "relu"),
        layers.Dense(64, "relu"),
        layers.GlobalMaxPooling1D(),
        layers.Dense(32, "relu"),
        layers.Dense(10, "softmax"),
        optimizer=optimizers.Adam(3e-3),
        loss=CE,
    )
    return model, points, y


def highway():
    x, y = _flat()
    inputs = keras.Input((64,))
    h = layers.Dense(32)(inputs)
    for _ in range(10):
        gate = layers.Dense(32, "sigmoid", bias_initializer=keras.initializers.Constant(-2.0))(h)
        h = gate * layers.Dense(32, "relu")(h) + (1 - gate) * h
    model = keras.Model(inputs, layers.Dense(10, "softmax")(h))
    model.compile(optimizers.Adam(1e-3), CE)
    return model, x, y


def raw_progression():
    x, y = _table("diabetes")
    model = _stack(
        (10,),
        layers.Dense(64, "relu"),
        layers.Dense(1),
        optimizer=optimizers.Adam(0.02),
        loss="mse",
    )
    return model, x, y.astype("float32")[:, None]


def to_convergence():
    x, y = _table("iris")
    model = _stack(
        (4,),
        layers.Dense(8, "relu"),
        layers.Dense(3, "softmax"),
        optimizer=optimizers.Adam(0.02),
        loss=CE,
    )
    return model, x, y.astype("int32")


def warm_restarts():
    x, y = corpus.digits()
    rate = optimizers.schedules.CosineDecayRestarts(0.05, 60, t_mul=2.0, alpha=0.0)
    model = _stack(
        (8, 8, 1),
        layers.Conv2D(16, 3),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.Flatten(),
        layers.Dense(10, "softmax"),
        optimizer=optimizers.SGD(rate, momentum=0.9),
        loss=CE,
    )
    return model, x, y


def half_precision():
    x, y = corpus.digits()
    keras.config.set_dtype_policy("mixed_float16")
    stack = [
        layers.Conv2D(16, 3, activation="relu"),
        layers.Conv2D(32, 3, activation="relu"),
        layers.GlobalMaxPooling2D(),
        layers.Dense(10, "softmax", dtype="float32"),
    ]
    keras.config.set_dtype_policy("float32")
    return _stack((8, 8, 1), *stack, optimizer=optimizers.Adam(2e-3), loss=CE), x, y


def binary_weights():
    class Binary(layers.Dense):
        """The sign of its kernel forward, and the gradient as if it were the kernel."""

        def call(self, x):
            sign = self.kernel + ops.stop_gradient(ops.sign(self.kernel) - self.kernel)
            return ops.matmul(x, sign) / self.kernel.shape[0] ** 0.5 + self.bias

    x, y = _flat()
    model = _stack(
        (64,),
        Binary(64),
        layers.BatchNormalization(),
        layers.Activation("tanh"),
        Binary(64),
        layers.BatchNormalization(),
        layers.Activation("tanh"),
        layers.Dense(10, "softmax"),
        optimizer=optimizers.Adam(1e-2),
        loss=CE,
    )
    return model, x, y


def rare_words():
    words = corpus.text().replace(",", " ").replace(".", " ").split()
    number = {word: i for i, word in enumerate(dict.fromkeys(words))}
    ids = np.array([number[word] for word in words], "int32")
    x = np.stack([ids[i : len(ids) - 8 + i] for i in range(8)], 1)
    y = (np.arange(len(x)) * 3 // len(x)).astype("int32")
    order = np.random.default_rng(0).permutation(len(x))
    model = _stack(
        (8,),
        layers.Embedding(2000, 16),
        layers.GlobalAveragePooling1D(),
        layers.Dense(3, "softmax"),
        optimizer=optimizers.Adam(3e-3),
        loss=CE,
    )
    return model, x[order], y[order]


def one_by_one():
    x, y = _table("wine")
    model = _stack(
        (13,),
        layers.Dense(16, "relu"),
        layers.Dense(3, "softmax"),
        optimizer=optimizers.SGD(0.01),
        loss=CE,
    )
    return model, x, y.astype("int32")


def uncertain_tasks():
    class Weighted(keras.Model):
        """Two tasks, each weighted by an uncertainty that is learned."""

        def __init__(self):
            super().__init__()
            self.body = layers.Dense(48, "relu")
            self.kind, self.ink = layers.Dense(10), layers.Dense(1)

        def build(self, shape):
            self.body.build(shape)
            self.kind.build((None, 48))
            self.ink.build((None, 48))
            self.log_variance = self.add_weight(shape=(2,), initializer="zeros", name="variance")

        def call(self, x):
            h = self.body(x)
            return ops.concatenate([self.kind(h), self.ink(h)], -1)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            kind = keras.losses.sparse_categorical_crossentropy(y, y_pred[:, :10], from_logits=True)
            ink = ops.square(y_pred[:, 10] - ops.mean(x, -1))
            s = self.log_variance
            return ops.mean(ops.exp(-s[0]) * kind + ops.exp(-s[1]) * ink + s[0] + s[1])

    x, y = _flat()
    model = Weighted()
    model.build((None, 64))
    model.compile(optimizers.Adam(2e-3))
    return model, x, y


PROGRAMS = {
    switch_experts: dict(batch=32, epochs=8),
    rezero: dict(batch=32, epochs=6),
    tied_language_model: dict(batch=32, epochs=16),
    simclr: dict(batch=64, epochs=8),
    bandit: dict(batch=32, epochs=12, start=True),
    mixture_density: dict(batch=32, epochs=12, start=True),
    quantiles: dict(epochs=12, start=True),
    hinge: dict(epochs=8, start=True),
    distillation: dict(batch=32, epochs=12, start=True),
    fine_tuning: dict(batch=32, epochs=8),
    accumulated: dict(batch=16, epochs=8),
    clipped_text_lstm: dict(batch=32, epochs=12),
    selu: dict(batch=32, epochs=6),
    focal: dict(batch=32, epochs=6, start=True),
    counts: dict(epochs=10, start=True),
    neural_ode: dict(batch=32, epochs=6),
    ctc: dict(epochs=20, start=True),
    masked_tokens: dict(batch=32, epochs=12, start=True),
    point_sets: dict(batch=32, epochs=8),
    highway: dict(batch=32, epochs=6),
    raw_progression: dict(epochs=20),
    to_convergence: dict(batch=150, epochs=400),
    warm_restarts: dict(batch=32, epochs=8),
    half_precision: dict(batch=32, epochs=8),
    binary_weights: dict(batch=32, epochs=6),
    rare_words: dict(batch=32, epochs=12),
    one_by_one: dict(batch=1, epochs=3),
    uncertain_tasks: dict(batch=32, epochs=6, start=True),
}
