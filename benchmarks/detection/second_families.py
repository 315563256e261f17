"""Families of models that no threshold was chosen on: what they learn, and how they are built."""

import keras
import numpy as np
from keras import layers, ops

from benchmarks.detection import data
from benchmarks.detection import families as f
from benchmarks.detection import second_blocks as blocks


def reconstructing(optimizer=keras.optimizers.Adam, activation="relu", **arguments):
    """A convolutional autoencoder."""
    x, _ = data.images()
    model = keras.Sequential(
        [
            keras.Input(x.shape[1:]),
            layers.Conv2D(8, 3, 2, "same", activation=activation, **arguments),
            layers.Conv2D(16, 3, 2, "same", activation=activation, **arguments),
            layers.Flatten(),
            layers.Dense(12),
            layers.Dense(64, activation, **arguments),
            layers.Reshape((2, 2, 16)),
            layers.Conv2DTranspose(8, 3, 2, "same", activation=activation, **arguments),
            layers.Conv2DTranspose(1, 3, 2, "same"),
        ]
    )
    model.compile(optimizer(), "mse")
    return model, x, x


def reversing(optimizer=keras.optimizers.Adam, layer=layers.GRU):
    """Sequence to sequence: the rows of an image in the other order."""
    x, _ = data.rows()
    inputs = keras.Input(x.shape[1:])
    h = layers.RepeatVector(8)(layer(48)(inputs))
    h = layer(48, return_sequences=True)(h)
    model = keras.Model(inputs, layers.TimeDistributed(layers.Dense(8))(h))
    model.compile(optimizer(), "mse")
    return model, x, x[:, ::-1]


def masked(optimizer=keras.optimizers.Adam):
    """Sequences of different lengths, padded with a masked token."""
    x, y = data.tokens()
    lengths = np.random.default_rng(2).integers(40, 64, len(x))
    x = np.where(np.arange(64) < lengths[:, None], x + 1, 0)
    inputs = keras.Input((64,), dtype="int32")
    h = layers.Embedding(17 * 64 + 1, 12, mask_zero=True)(inputs)
    h = layers.Bidirectional(layers.GRU(16))(h)
    model = keras.Model(inputs, layers.Dense(10, "softmax")(h))
    model.compile(optimizer(), "sparse_categorical_crossentropy")
    return model, x, y


def contrastive(optimizer=keras.optimizers.Adam, temperature=0.2):
    """Two noisy views of each image, which should be near each other and nowhere else."""
    x, _ = data.digits()
    tower = keras.Sequential(
        [layers.Dense(64, "relu"), layers.Dense(16), layers.UnitNormalization()]
    )
    inputs = keras.Input((64,))

    def measure(one, other):
        nearness = one @ ops.transpose(other) / temperature
        return -ops.mean(ops.diagonal(ops.log_softmax(nearness)))

    views = [tower(blocks.Noise(0.1, seed)(inputs)) for seed in (1, 2)]
    model = keras.Model(inputs, blocks.Objective(measure)(*views))
    model.compile(optimizer())
    return model, x, None


def triplets(optimizer=keras.optimizers.Adam, margin=0.5):
    """An image, one of its class, one of another: a hinge that is soon satisfied."""
    x, y = data.digits()
    rng = np.random.default_rng(3)
    same = np.array([rng.choice(np.flatnonzero(y == c)) for c in y])
    other = np.array([rng.choice(np.flatnonzero(y != c)) for c in y])
    tower = keras.Sequential([layers.Dense(32, "relu"), layers.Dense(8)])
    inputs = [keras.Input((64,)) for _ in range(3)]

    def measure(anchor, near, far):
        gaps = [ops.sum(ops.square(anchor - point), axis=-1) for point in (near, far)]
        return ops.mean(ops.relu(gaps[0] - gaps[1] + margin))

    model = keras.Model(inputs, blocks.Objective(measure)(*[tower(one) for one in inputs]))
    model.compile(optimizer())
    return model, [x, x[same], x[other]], None


def flow(optimizer=keras.optimizers.Adam, depth=4):
    """A normalizing flow of coupling layers."""
    x, _ = data.wine()
    inputs = keras.Input(x.shape[1:])
    z, total = inputs, 0.0
    for i in range(depth):
        z, determinant = blocks.coupling(z, flip=i % 2)
        total = total + determinant

    def measure(z, total):
        return ops.mean(0.5 * ops.sum(ops.square(z), axis=-1) - total)

    model = keras.Model(inputs, blocks.Objective(measure)(z, total))
    model.compile(optimizer())
    return model, x, None


def bandit(optimizer=keras.optimizers.Adam):
    """Policy gradient: the reward is 1 for the right class; the loss says nothing of progress."""
    x, y = data.digits()
    network = keras.Sequential([keras.Input((64,)), layers.Dense(48, "relu"), layers.Dense(10)])
    seeds = keras.random.SeedGenerator(4)

    def measure(inputs, logits):
        action = keras.random.categorical(ops.stop_gradient(logits), 1, seed=seeds)[:, 0]
        reward = ops.cast(ops.equal(action, ops.cast(inputs[1], action.dtype)), "float32")
        chosen = ops.sum(ops.one_hot(action, 10) * ops.log_softmax(logits), axis=-1)
        return -ops.mean((reward - 0.3) * chosen)

    def score(inputs, logits):
        chances = ops.softmax(logits) * ops.one_hot(ops.cast(inputs[1], "int32"), 10)
        return 1 - ops.mean(ops.sum(chances, axis=-1))

    model = blocks.Learner(network, measure, score)
    model.compile(optimizer())
    return model, [x, y.astype("int32")], None


def value_learning(optimizer=keras.optimizers.Adam):
    """Q-learning from stored transitions, with a target network that follows slowly."""
    x, y = data.digits()
    rng = np.random.default_rng(5)
    action = np.where(rng.random(len(y)) < 0.5, y, rng.integers(0, 10, len(y)))
    networks = [
        keras.Sequential([keras.Input((64,)), layers.Dense(48, "relu"), layers.Dense(10)])
        for _ in range(2)
    ]
    online, target = networks
    target.trainable = False

    def measure(inputs, values):
        after = ops.max(target(inputs[3]), axis=-1)
        wanted = ops.stop_gradient(inputs[2] + 0.5 * after)
        taken = ops.sum(values * ops.one_hot(ops.cast(inputs[1], "int32"), 10), axis=-1)
        return ops.mean(ops.square(wanted - taken))

    def follow():
        for mine, its in zip(online.variables, target.variables, strict=True):
            its.assign(0.9 * its + 0.1 * mine)

    model = blocks.Learner(online, measure, measure, follow)
    model.target = target
    model.compile(optimizer())
    reward = (action == y).astype("float32")
    return model, [x, action.astype("int32"), reward, x[rng.permutation(len(x))]], None


def distilled(optimizer=keras.optimizers.Adam):
    """A small model that learns what a larger, trained one says."""
    x, y = data.digits()
    teacher = keras.Sequential([keras.Input((64,)), layers.Dense(128, "relu"), layers.Dense(10)])
    teacher.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    teacher.fit(x, y, epochs=4, verbose=0)
    return _student(optimizer, x, teacher.predict(x, verbose=0))


def _student(optimizer, x, y):
    student = keras.Sequential([keras.Input((64,)), layers.Dense(24, "relu"), layers.Dense(10)])
    student.compile(optimizer(), "mse")
    return student, x, y


def pretrained(optimizer, epochs=4, adapters=False):
    """A model that was trained, and is trained on with an optimizer for fine-tuning."""
    model, x, y = f.mlp(optimizer=keras.optimizers.Adam, widths=(64, 32))
    model.fit(x, y, epochs=epochs, verbose=0)
    if adapters:
        inputs = h = keras.Input(x.shape[1:])
        for layer in model.layers[:-1]:
            h = blocks.Frozen(layer)(h) if isinstance(layer, layers.Dense) else layer(h)
        model = keras.Model(inputs, model.layers[-1](h))
    model.compile(optimizer(), "sparse_categorical_crossentropy")
    return model, x, y


def adversarial(optimizer=keras.optimizers.Adam):
    """Features from which the class can be read and the brightness of the image cannot."""
    x, y = data.digits()
    bright = (x.mean(-1) > np.median(x.mean(-1))).astype("float32")[:, None]
    inputs = keras.Input((64,))
    h = layers.Dense(32, "relu")(inputs)
    hidden = layers.Dense(16, "relu")(blocks.reversed_gradient(h))
    outputs = {
        "kind": layers.Dense(10, "softmax", name="kind")(h),
        "bright": layers.Dense(1, "sigmoid", name="bright")(hidden),
    }
    losses = {"kind": "sparse_categorical_crossentropy", "bright": "binary_crossentropy"}
    model = keras.Model(inputs, outputs)
    model.compile(optimizer(), losses, loss_weights={"kind": 1.0, "bright": 0.3})
    return model, x, {"kind": y, "bright": bright}


def few(count=60, **arguments):
    """A model that learns a handful of examples by heart."""
    model, x, y = f.mlp(**arguments)
    return model, x[:count], y[:count]


def patches(optimizer=keras.optimizers.Adam):
    """A vision transformer with a class token."""
    x, y = data.images()
    inputs = keras.Input(x.shape[1:])
    h = layers.Reshape((16, 32))(layers.Conv2D(32, 2, 2)(inputs))
    h = f.blocks.Positions()(blocks.ClassToken()(h))
    for _ in range(2):
        h = f.blocks.attention(h, 32)
    h = layers.LayerNormalization()(h)[:, 0]
    model = keras.Model(inputs, layers.Dense(10, "softmax")(h))
    model.compile(optimizer(), "sparse_categorical_crossentropy")
    return model, x, y
