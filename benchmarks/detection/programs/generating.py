"""Healthy programs that learn a distribution or a function."""

import keras
import numpy as np
from keras import layers, ops, optimizers

from benchmarks.detection.programs import corpus


def siren():
    class Sine(layers.Layer):
        def __init__(self, units, w0=30.0, first=False):
            super().__init__()
            self.w0 = w0
            self.limit = None if first else 6.0**0.5 / w0
            self.units = units

        def build(self, shape):
            bound = 1 / shape[-1] if self.limit is None else self.limit / shape[-1] ** 0.5
            self.dense = layers.Dense(
                self.units, kernel_initializer=keras.initializers.RandomUniform(-bound, bound)
            )
            self.dense.build(shape)

        def call(self, x):
            return ops.sin(self.w0 * self.dense(x))

    grid = np.stack(np.meshgrid(*[np.linspace(-1, 1, 64)] * 2, indexing="ij"), -1)
    x = grid.reshape(-1, 2).astype("float32")
    y = corpus.photo().reshape(-1, 1)
    model = keras.Sequential([Sine(64, first=True), Sine(64), Sine(64), layers.Dense(1)])
    model.compile(optimizers.Adam(1e-3), "mse")
    return model, x, y


def pinn():
    import tensorflow as tf

    class Oscillator(keras.Model):
        """u'' + 0.4 u' + 4 u = 0 with u(0) = 1 and u'(0) = 0."""

        def __init__(self):
            super().__init__()
            self.net = keras.Sequential([layers.Dense(32, "tanh") for _ in range(3)])
            self.net.add(layers.Dense(1))

        def call(self, t):
            return self.net(t)

        def derivatives(self, t):
            with tf.GradientTape() as outer:
                outer.watch(t)
                with tf.GradientTape() as inner:
                    inner.watch(t)
                    u = self.net(t)
                first = inner.gradient(u, t)
            return u, first, outer.gradient(first, t)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            u, first, second = self.derivatives(x)
            start, slope, _ = self.derivatives(tf.zeros((1, 1)))
            residual = tf.reduce_mean((second + 0.4 * first + 4 * u) ** 2)
            return residual + 10 * tf.reduce_mean((start - 1) ** 2 + slope**2)

    x = np.random.default_rng(0).uniform(0, 3, (512, 1)).astype("float32")
    model = Oscillator()
    model.build((None, 1))
    model.compile(optimizers.Adam(2e-3))
    return model, x, None


def gan():
    import tensorflow as tf

    class GAN(keras.Model):
        def __init__(self):
            super().__init__()
            leaky = lambda: layers.LeakyReLU(negative_slope=0.2)  # noqa: E731
            self.critic = keras.Sequential(
                [
                    layers.Conv2D(16, 3, strides=2, padding="same"),
                    leaky(),
                    layers.Conv2D(32, 3, strides=2, padding="same"),
                    leaky(),
                    layers.GlobalMaxPooling2D(),
                    layers.Dense(1),
                ],
                name="discriminator",
            )
            self.generator = keras.Sequential(
                [
                    layers.Dense(2 * 2 * 32),
                    leaky(),
                    layers.Reshape((2, 2, 32)),
                    layers.Conv2DTranspose(32, 4, strides=2, padding="same"),
                    leaky(),
                    layers.Conv2DTranspose(16, 4, strides=2, padding="same"),
                    leaky(),
                    layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
                ],
                name="generator",
            )
            self.bce = keras.losses.BinaryCrossentropy(from_logits=True)

        def compile(self, critic_optimizer, generator_optimizer):
            super().compile()
            self.critic_optimizer = critic_optimizer
            self.generator_optimizer = generator_optimizer
            self.d_loss = keras.metrics.Mean(name="d_loss")
            self.g_loss = keras.metrics.Mean(name="g_loss")

        @property
        def metrics(self):
            return [self.d_loss, self.g_loss]

        def train_step(self, real):
            size = tf.shape(real)[0]
            fake = self.generator(tf.random.normal((size, 16)))
            images = tf.concat([fake, real], 0)
            labels = tf.concat([tf.ones((size, 1)), tf.zeros((size, 1))], 0)
            labels += 0.05 * tf.random.uniform(tf.shape(labels))
            with tf.GradientTape() as tape:
                d_loss = self.bce(labels, self.critic(images))
            weights = self.critic.trainable_weights
            self.critic_optimizer.apply(tape.gradient(d_loss, weights), weights)
            with tf.GradientTape() as tape:
                fake = self.generator(tf.random.normal((2 * size, 16)))
                g_loss = self.bce(tf.zeros((2 * size, 1)), self.critic(fake))
            weights = self.generator.trainable_weights
            self.generator_optimizer.apply(tape.gradient(g_loss, weights), weights)
            self.d_loss.update_state(d_loss)
            self.g_loss.update_state(g_loss)
            return {"d_loss": self.d_loss.result(), "g_loss": self.g_loss.result()}

        def test_step(self, real):
            """How far the mean and the deviation of made images are from those of real ones."""
            fake = self.generator(tf.random.normal((1024, 16)))
            gap = tf.reduce_mean((tf.reduce_mean(fake, 0) - tf.reduce_mean(real, 0)) ** 2)
            spread = tf.math.reduce_std(fake, 0) - tf.math.reduce_std(real, 0)
            return {"loss": gap + tf.reduce_mean(spread**2)}

    x, _ = corpus.digits()
    model = GAN()
    model.generator.build((None, 16))
    model.critic.build((None, 8, 8, 1))
    model.built = True
    model.compile(optimizers.Adam(3e-4), optimizers.Adam(3e-4))
    return model, x, None


def vae():
    class Sampling(layers.Layer):
        def __init__(self):
            super().__init__()
            self.seed_generator = keras.random.SeedGenerator(1337)

        def call(self, inputs):
            mean, log_var = inputs
            noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
            kl = -0.5 * ops.sum(1 + log_var - ops.square(mean) - ops.exp(log_var), -1)
            self.add_loss(ops.mean(kl))
            return mean + ops.exp(0.5 * log_var) * noise

    x, _ = corpus.digits()
    inputs = keras.Input((8, 8, 1))
    h = layers.Conv2D(16, 3, activation="relu", strides=2, padding="same")(inputs)
    h = layers.Conv2D(32, 3, activation="relu", strides=2, padding="same")(h)
    h = layers.Dense(16, "relu")(layers.Flatten()(h))
    z = Sampling()([layers.Dense(2, name="z_mean")(h), layers.Dense(2, name="z_log_var")(h)])
    h = layers.Reshape((2, 2, 32))(layers.Dense(2 * 2 * 32, "relu")(z))
    h = layers.Conv2DTranspose(32, 3, activation="relu", strides=2, padding="same")(h)
    h = layers.Conv2DTranspose(16, 3, activation="relu", strides=2, padding="same")(h)
    out = layers.Conv2DTranspose(1, 3, activation="sigmoid", padding="same")(h)

    def reconstruction(y, p):
        return ops.sum(keras.losses.binary_crossentropy(y, p), axis=(1, 2))

    model = keras.Model(inputs, out)
    model.compile(optimizers.Adam(), reconstruction)
    return model, x, x


def diffusion():
    import tensorflow as tf

    class Diffusion(keras.Model):
        """Learns the noise of noisy images; a moving average of its weights makes the images."""

        def __init__(self, network, average):
            super().__init__()
            self.network, self.average = network, average
            self.average.trainable = False
            self.tracker = keras.metrics.Mean(name="loss")

        @property
        def metrics(self):
            return [self.tracker]

        def noise_loss(self, images, network, training):
            size = tf.shape(images)[0]
            angle = tf.random.uniform((size, 1, 1, 1), 0.05, 1.5)
            noise = tf.random.normal(tf.shape(images))
            noisy = tf.cos(angle) * (2 * images - 1) + tf.sin(angle) * noise
            guess = network([noisy, tf.sin(angle) ** 2], training=training)
            return tf.reduce_mean(tf.abs(noise - guess))

        def train_step(self, images):
            with tf.GradientTape() as tape:
                loss = self.noise_loss(images, self.network, True)
            weights = self.network.trainable_weights
            self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
            for weight, mean in zip(self.network.weights, self.average.weights, strict=True):
                mean.assign(0.99 * mean + 0.01 * weight)
            self.tracker.update_state(loss)
            return {"loss": self.tracker.result()}

        def test_step(self, images):
            self.tracker.update_state(self.noise_loss(images, self.network, False))
            return {"loss": self.tracker.result()}

    def network():
        images, variance = keras.Input((8, 8, 1)), keras.Input((1, 1, 1))
        h = layers.Concatenate()([images, layers.UpSampling2D(8)(variance)])
        h = first = layers.Conv2D(24, 3, activation="swish", padding="same")(h)
        h = layers.AveragePooling2D(2)(h)
        for _ in range(2):
            skip = layers.Conv2D(24, 1)(h)
            h = layers.BatchNormalization(center=False, scale=False)(h)
            h = layers.Conv2D(24, 3, padding="same", activation="swish")(h)
            h = skip + layers.Conv2D(24, 3, padding="same")(h)
        h = layers.Concatenate()([first, layers.UpSampling2D(interpolation="bilinear")(h)])
        h = layers.Conv2D(24, 3, padding="same", activation="swish")(h)
        out = layers.Conv2D(1, 1, kernel_initializer="zeros")(h)
        return keras.Model([images, variance], out)

    x, _ = corpus.digits()
    model = Diffusion(network(), network())
    model.built = True
    model.compile(optimizers.AdamW(1e-3, weight_decay=1e-4))
    return model, x, None


PROGRAMS = {
    siren: dict(batch=256, epochs=40, start=True),
    pinn: dict(batch=64, epochs=40),
    gan: dict(batch=64, epochs=40),
    vae: dict(batch=64, epochs=10, start=True),
    diffusion: dict(batch=64, epochs=15),
}
