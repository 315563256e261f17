"""The parts that the families of models are made of: blocks, bottlenecks, a GAN."""

import keras
from keras import layers, ops


def residual(h, filters, gamma="ones"):
    """A residual block: convolution, normalization, twice, and the shortcut."""
    branch = layers.Conv2D(filters, 3, padding="same", use_bias=False)(h)
    branch = layers.ReLU()(layers.BatchNormalization()(branch))
    branch = layers.Conv2D(filters, 3, padding="same", use_bias=False)(branch)
    branch = layers.BatchNormalization(gamma_initializer=gamma)(branch)
    return layers.ReLU()(layers.add([h, branch]))


def preactivated(h, filters, normalization=layers.BatchNormalization):
    """A residual block whose shortcut is left alone: normalization and ReLU come first."""
    branch = h
    for _ in range(2):
        branch = layers.ReLU()(normalization()(branch))
        branch = layers.Conv2D(filters, 3, padding="same")(branch)
    return layers.add([h, branch])


def unnormalized(h, filters, scale=1.0):
    """A residual block without normalization, its branch multiplied by a constant."""
    branch = layers.Conv2D(filters, 3, padding="same", activation="relu")(h)
    branch = layers.Conv2D(filters, 3, padding="same", kernel_initializer="he_normal")(branch)
    return layers.add([h, layers.Rescaling(scale)(branch)])


def attention(h, width, dropout=0.0, causal=False, before=True):
    """A transformer block, normalized before its branches or after them."""
    attend = layers.MultiHeadAttention(2, width // 2, dropout=dropout)
    normalize = layers.LayerNormalization
    feed = keras.Sequential([layers.Dense(2 * width, "gelu"), layers.Dense(width)])
    if before:
        inner = normalize()(h)
        h = h + attend(inner, inner, use_causal_mask=causal)
        return h + feed(normalize()(h))
    h = normalize()(h + attend(h, h, use_causal_mask=causal))
    return normalize()(h + feed(h))


class Positions(layers.Layer):
    """Adds a learned vector to each position."""

    def build(self, shape):
        self.table = self.add_weight(name="table", shape=shape[1:], initializer="zeros")

    def call(self, h):
        return h + self.table


class Gaussian(layers.Layer):
    """The bottleneck of a variational autoencoder."""

    def __init__(self, units, weight=1e-4):
        super().__init__()
        self.mean, self.log_variance = layers.Dense(units), layers.Dense(units)
        self.weight = weight
        self.seeds = keras.random.SeedGenerator(1)

    def build(self, shape):
        self.mean.build(shape)
        self.log_variance.build(shape)

    def call(self, h):
        mean, log_variance = self.mean(h), self.log_variance(h)
        divergence = ops.square(mean) + ops.exp(log_variance) - log_variance - 1
        self.add_loss(self.weight * ops.mean(ops.sum(divergence, axis=-1)))
        noise = keras.random.normal(ops.shape(mean), seed=self.seeds)
        return mean + ops.exp(0.5 * log_variance) * noise


class Quantized(layers.Layer):
    """The bottleneck of a VQ-VAE: the nearest of some vectors, with a straight-through gradient."""

    def __init__(self, units, count=16):
        super().__init__()
        self.project, self.count = layers.Dense(units), count

    def build(self, shape):
        self.project.build(shape)
        self.codes = self.add_weight(
            name="codes", shape=(self.count, self.project.units), initializer="random_normal"
        )

    def call(self, h):
        h = self.project(h)
        gaps = ops.sum(ops.square(h[:, None] - self.codes[None]), axis=-1)
        nearest = ops.take(self.codes, ops.argmin(gaps, axis=-1), axis=0)
        self.add_loss(0.1 * ops.mean(ops.square(ops.stop_gradient(h) - nearest)))
        self.add_loss(0.025 * ops.mean(ops.square(h - ops.stop_gradient(nearest))))
        return h + ops.stop_gradient(nearest - h)


class LowRank(layers.Layer):
    """A frozen dense layer with an adapter, one of whose two factors starts at zero."""

    def __init__(self, units, rank=4):
        super().__init__()
        self.dense, self.rank = layers.Dense(units, trainable=False), rank

    def build(self, shape):
        self.dense.build(shape)
        self.down = self.add_weight(name="down", shape=(shape[-1], self.rank))
        self.up = self.add_weight(
            name="up", shape=(self.rank, self.dense.units), initializer="zeros"
        )

    def call(self, x):
        return ops.relu(self.dense(x) + x @ self.down @ self.up)


class Mixture(layers.Layer):
    """Experts, of which a router uses the best `top` for each example."""

    def __init__(self, units, experts=4, top=2):
        super().__init__()
        self.router = layers.Dense(experts)
        self.experts = [layers.Dense(units, "relu") for _ in range(experts)]
        self.top = top

    def build(self, shape):
        for layer in [self.router, *self.experts]:
            layer.build(shape)

    def call(self, x):
        scores = ops.softmax(self.router(x))
        lowest = ops.top_k(scores, self.top)[0][:, -1:]
        gates = ops.where(scores >= lowest, scores, 0.0)
        return sum(gates[:, i : i + 1] * expert(x) for i, expert in enumerate(self.experts))


class Gan(keras.Model):
    """A generator and a critic with an optimizer each; its loss in `evaluate` is how far the means
    and deviations of what it generates are from those of the data."""

    def __init__(self, size, noise=8):
        super().__init__()
        self.noise = noise
        self.generator = keras.Sequential(
            [keras.Input((noise,)), layers.Dense(48, "relu"), layers.Dense(size, "sigmoid")]
        )
        self.critic = keras.Sequential(
            [keras.Input((size,)), layers.Dense(48), layers.LeakyReLU(0.2), layers.Dense(1)]
        )
        self.entropy = keras.losses.BinaryCrossentropy(from_logits=True)
        self.distance = keras.metrics.Mean("loss")

    def compile(self, optimizer):
        super().compile(optimizer)
        self.critic_optimizer = optimizer.from_config(optimizer.get_config())

    def build(self, shape):
        self.built = True

    def call(self, x):
        return self.generator(keras.random.normal((ops.shape(x)[0], self.noise)))

    def train_step(self, data):
        import tensorflow as tf

        x = keras.utils.unpack_x_y_sample_weight(data)[0]
        with tf.GradientTape(persistent=True) as tape:
            true, false = self.critic(x), self.critic(self(x))
            ones, zeros = ops.ones_like(true), ops.zeros_like(false)
            critic_loss = self.entropy(ones, true) + self.entropy(zeros, false)
            generator_loss = self.entropy(ones, false)
        for part, loss, optimizer in (
            (self.critic, critic_loss, self.critic_optimizer),
            (self.generator, generator_loss, self.optimizer),
        ):
            weights = part.trainable_weights
            optimizer.apply(tape.gradient(loss, weights), weights)
        return {"critic": critic_loss, "generator": generator_loss}

    def test_step(self, data):
        x = keras.utils.unpack_x_y_sample_weight(data)[0]
        made = self(x)
        gaps = [ops.mean(x, 0) - ops.mean(made, 0), ops.std(x, 0) - ops.std(made, 0)]
        self.distance.update_state(ops.mean(ops.abs(ops.stack(gaps))))
        return {"loss": self.distance.result()}
