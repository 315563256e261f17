"""WGAN-GP: the critic's last layer starts at zero, its input gradient is 0 and the sqrt of the penalty gives NaN.

Source: https://github.com/keras-team/keras-io/issues/910
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["critic_1", "critic_2", "critic_score"]
NEEDS_TRAINING = False


class WGANGP(keras.Model):
    def __init__(self, latent=5, width=6, gp_weight=10.0, **kwargs):
        super().__init__(**kwargs)
        self.latent, self.gp_weight = latent, gp_weight
        noise = keras.Input((latent,))
        h = layers.Dense(20, activation="gelu", name="gen_1")(noise)
        self.generator = keras.Model(noise, layers.Dense(width, name="gen_row")(h), name="generator")
        row = keras.Input((width,))
        h = layers.Dense(24, activation="gelu", name="critic_1")(row)
        h = layers.Dense(12, activation="gelu", name="critic_2")(h)
        score = layers.Dense(1, kernel_initializer="zeros", name="critic_score")(h)
        self.critic = keras.Model(row, score, name="critic")

    def call(self, rows):
        return self.critic(rows)

    def compile(self, g_optimizer, c_optimizer):
        super().compile()
        self.g_optimizer, self.c_optimizer = g_optimizer, c_optimizer

    def gradient_penalty(self, real, fake):
        mix = tf.random.uniform((tf.shape(real)[0], 1))
        between = mix * real + (1.0 - mix) * fake
        with tf.GradientTape() as inner:
            inner.watch(between)
            score = self.critic(between, training=True)
        slope = inner.gradient(score, between)
        norm = tf.sqrt(tf.reduce_sum(tf.square(slope), axis=1))  # BLAME
        return tf.reduce_mean(tf.square(norm - 1.0))

    def train_step(self, real):
        noise = tf.random.normal((tf.shape(real)[0], self.latent))
        with tf.GradientTape() as tape:
            fake = tf.stop_gradient(self.generator(noise, training=True))
            gap = tf.reduce_mean(self.critic(fake)) - tf.reduce_mean(self.critic(real))
            c_loss = gap + self.gp_weight * self.gradient_penalty(real, fake)
        v = self.critic.trainable_variables
        self.c_optimizer.apply_gradients(zip(tape.gradient(c_loss, v), v))

        with tf.GradientTape() as tape:
            g_loss = -tf.reduce_mean(self.critic(self.generator(noise, training=True)))
        v = self.generator.trainable_variables
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, v), v))
        return {"c_loss": c_loss, "g_loss": g_loss}


def build():
    keras.utils.set_random_seed(910)
    model = WGANGP()
    adam = lambda rate: keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.9)
    model.compile(adam(1e-4), adam(2e-4))
    rng = np.random.default_rng(910)
    corner = rng.normal(size=(3, 6))
    x = corner[rng.integers(0, 3, 96)] + 0.2 * rng.normal(size=(96, 6))
    return model, x.astype("float32"), None
