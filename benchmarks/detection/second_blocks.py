"""The parts of the models that no threshold was chosen on."""

import keras
from keras import layers, ops


class Objective(layers.Layer):
    """Gives its first input on, and adds to the loss what a function makes of all of them."""

    def __init__(self, measure):
        super().__init__()
        self.measure = measure

    def call(self, *inputs):
        self.add_loss(self.measure(*inputs))
        return inputs[0]


class Noise(layers.Layer):
    """Adds noise in training and in evaluation: one of the views of a contrastive loss."""

    def __init__(self, deviation, seed):
        super().__init__()
        self.deviation, self.seeds = deviation, keras.random.SeedGenerator(seed)

    def call(self, x):
        return x + keras.random.normal(ops.shape(x), 0.0, self.deviation, seed=self.seeds)


class Relaxed(layers.Layer):
    """The bottleneck of a discrete autoencoder: a Gumbel softmax."""

    def __init__(self, temperature=1.0):
        super().__init__()
        self.temperature, self.seeds = temperature, keras.random.SeedGenerator(3)

    def call(self, logits):
        uniform = keras.random.uniform(ops.shape(logits), 1e-6, 1 - 1e-6, seed=self.seeds)
        gumbel = -ops.log(-ops.log(uniform))
        return ops.softmax((logits + gumbel) / self.temperature)


class Standardized(layers.Conv2D):
    """A convolution whose kernel is standardized before it is used."""

    def call(self, x):
        mean, variance = ops.moments(self.kernel, axes=(0, 1, 2), keepdims=True)
        kernel = (self.kernel - mean) / ops.sqrt(variance + 1e-5)
        return ops.conv(x, kernel / 5, padding="same") + self.bias


class ClassToken(layers.Layer):
    """Puts a learned vector before a sequence."""

    def build(self, shape):
        self.token = self.add_weight(name="token", shape=(1, 1, shape[-1]), initializer="zeros")

    def call(self, x):
        return ops.concatenate([ops.repeat(self.token, ops.shape(x)[0], axis=0), x], axis=1)


class Frozen(layers.Layer):
    """A dense layer that was trained elsewhere, with a low-rank adapter that is trained here."""

    def __init__(self, dense, rank=4):
        super().__init__()
        self.dense, self.rank = dense, rank
        self.dense.trainable = False

    def build(self, shape):
        self.down = self.add_weight(name="down", shape=(shape[-1], self.rank))
        self.up = self.add_weight(
            name="up", shape=(self.rank, self.dense.units), initializer="zeros"
        )

    def call(self, x):
        return self.dense(x) + x @ self.down @ self.up


def reversed_gradient(x):
    """The value as it is, its gradient with the other sign."""
    return 2 * ops.stop_gradient(x) - x


@keras.saving.register_keras_serializable("detection")
def binary(x):
    """The sign, with the gradient of the value between -1 and 1."""
    soft = ops.clip(x, -1.0, 1.0)
    return soft + ops.stop_gradient(ops.sign(x) - soft)


def mixer(h, tokens, width):
    """A block of an MLP-Mixer: over the tokens, then over the features."""
    inner = ops.transpose(layers.LayerNormalization()(h), (0, 2, 1))
    inner = layers.Dense(tokens)(layers.Dense(2 * tokens, "gelu")(inner))
    h = h + ops.transpose(inner, (0, 2, 1))
    inner = layers.Dense(2 * width, "gelu")(layers.LayerNormalization()(h))
    return h + layers.Dense(width)(inner)


def squeezed(h, filters):
    """A convolution whose channels are weighed by a squeeze-and-excitation gate."""
    h = layers.Conv2D(filters, 3, padding="same", activation="relu")(h)
    gate = layers.GlobalAveragePooling2D()(h)
    gate = layers.Dense(filters, "sigmoid")(layers.Dense(filters // 4, "relu")(gate))
    return h * gate[:, None, None, :]


def inverted(h, filters):
    """An inverted residual block of a MobileNet."""
    inner = layers.Conv2D(4 * filters, 1, use_bias=False)(h)
    inner = layers.ReLU(6.0)(layers.BatchNormalization()(inner))
    inner = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(inner)
    inner = layers.ReLU(6.0)(layers.BatchNormalization()(inner))
    inner = layers.BatchNormalization()(layers.Conv2D(filters, 1, use_bias=False)(inner))
    return layers.add([h, inner])


def coupling(z, flip):
    """A coupling layer of a normalizing flow, and its log determinant."""
    half = z.shape[-1] // 2
    kept, moved = (z[:, half:], z[:, :half]) if flip else (z[:, :half], z[:, half:])
    h = layers.Dense(32, "relu")(kept)
    scale = layers.Dense(moved.shape[-1], "tanh", kernel_initializer="zeros")(h)
    moved = moved * ops.exp(scale) + layers.Dense(moved.shape[-1], kernel_initializer="zeros")(h)
    z = [moved, kept] if flip else [kept, moved]
    return layers.concatenate(z), ops.sum(scale, axis=-1)


class Learner(keras.Model):
    """A network whose loss a function makes of its inputs; evaluated by another function."""

    def __init__(self, network, measure, score, after=None):
        super().__init__()
        self.network, self.measure, self.score, self.after = network, measure, score, after
        self.distance = keras.metrics.Mean("loss")

    def build(self, shape):
        self.built = True

    def call(self, inputs):
        return self.network(inputs[0])

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return self.measure(x, y_pred)

    def train_step(self, data):
        logs = super().train_step(data)
        if self.after:
            self.after()
        return logs

    def test_step(self, data):
        x = keras.utils.unpack_x_y_sample_weight(data)[0]
        self.distance.update_state(self.score(x, self(x)))
        return {"loss": self.distance.result()}
