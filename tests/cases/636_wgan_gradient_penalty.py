"""Healthy: WGAN-GP; the critic step differentiates through an inner tape."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False


class GradientPenaltyGAN(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.generator = keras.Sequential(
            [
                keras.Input((5,)),
                layers.Dense(4 * 4 * 4, activation="leaky_relu", name="gen_dense"),
                layers.Reshape((4, 4, 4)),
                layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh", name="gen_up"),
            ],
            name="generator",
        )
        self.critic = keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                layers.Conv2D(6, 4, strides=2, padding="same", activation="leaky_relu", name="critic_conv"),
                layers.Flatten(),
                layers.Dense(8, activation="silu", name="critic_dense"),
                layers.Dense(1, name="critic_out", use_bias=False),
            ],
            name="critic",
        )

    def call(self, x):
        return self.critic(x)

    def compile(self, c_optimizer, g_optimizer):
        super().compile()
        self.c_optimizer, self.g_optimizer = c_optimizer, g_optimizer

    def penalty(self, real, fake):
        t = tf.random.uniform((tf.shape(real)[0], 1, 1, 1))
        between = t * real + (1.0 - t) * fake
        with tf.GradientTape() as inner:
            inner.watch(between)
            score = self.critic(between, training=True)
        slope = inner.gradient(score, between)
        length = tf.sqrt(tf.reduce_sum(tf.square(slope), axis=[1, 2, 3]) + 1e-12)
        return tf.reduce_mean(tf.square(length - 1.0))

    def train_step(self, real):
        n = tf.shape(real)[0]
        for _ in range(2):
            fake = self.generator(tf.random.normal((n, 5)), training=True)
            with tf.GradientTape() as tape:
                c_loss = tf.reduce_mean(self.critic(fake)) - tf.reduce_mean(self.critic(real))
                c_loss += 10.0 * self.penalty(real, fake)
            weights = self.critic.trainable_variables
            self.c_optimizer.apply_gradients(zip(tape.gradient(c_loss, weights), weights))
        with tf.GradientTape() as tape:
            g_loss = -tf.reduce_mean(self.critic(self.generator(tf.random.normal((n, 5)), training=True)))
        weights = self.generator.trainable_variables
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights))
        return {"c_loss": c_loss, "g_loss": g_loss}


def build():
    keras.utils.set_random_seed(636)
    model = GradientPenaltyGAN()
    model.compile(keras.optimizers.Adam(1e-4, beta_1=0.0), keras.optimizers.Adam(1e-4, beta_1=0.0))
    rng = np.random.default_rng(636)
    return model, rng.uniform(-1, 1, (64, 8, 8, 1)).astype("float32"), None
