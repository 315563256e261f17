"""Healthy: WGAN-GP; nested tapes give the penalty on the critic's input gradient, two critic steps per generator step."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False


class WGANGP(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.generator = keras.Sequential(
            [
                keras.Input((4,)),
                layers.Dense(8, activation="softplus", name="gen_hidden"),
                layers.Dense(6, name="gen_out"),
            ],
            name="generator",
        )
        self.critic = keras.Sequential(
            [
                keras.Input((6,)),
                layers.Dense(8, activation="softplus", name="critic_hidden"),
                layers.Dense(1, use_bias=False, name="critic_out"),
            ],
            name="critic",
        )

    def compile(self, c_optimizer, g_optimizer, **kwargs):
        super().compile(**kwargs)
        self.c_optimizer, self.g_optimizer = c_optimizer, g_optimizer

    def call(self, noise):
        return self.critic(self.generator(noise))

    def penalty(self, real, fake):
        mix = tf.random.uniform((tf.shape(real)[0], 1))
        between = real + mix * (fake - real)
        with tf.GradientTape() as inner:
            inner.watch(between)
            score = self.critic(between, training=True)
        slope = inner.gradient(score, between)
        norm = tf.sqrt(tf.reduce_sum(tf.square(slope), axis=1) + 1e-12)
        return tf.reduce_mean(tf.square(norm - 1.0))

    def train_step(self, real):
        n = tf.shape(real)[0]
        for _ in range(2):
            fake = self.generator(tf.random.normal((n, 4)), training=True)
            with tf.GradientTape() as tape:
                c_loss = tf.reduce_mean(self.critic(fake)) - tf.reduce_mean(self.critic(real))
                c_loss += 10.0 * self.penalty(real, fake)
            weights = self.critic.trainable_variables
            self.c_optimizer.apply_gradients(zip(tape.gradient(c_loss, weights), weights))
        with tf.GradientTape() as tape:
            g_loss = -tf.reduce_mean(self.critic(self.generator(tf.random.normal((n, 4)))))
        weights = self.generator.trainable_variables
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights))
        return {"c_loss": c_loss, "g_loss": g_loss}


def build():
    keras.utils.set_random_seed(624)
    rng = np.random.default_rng(624)
    model = WGANGP()
    model.compile(keras.optimizers.Adam(1e-3, beta_1=0.0), keras.optimizers.Adam(1e-3, beta_1=0.0))
    return model, (1.0 + rng.normal(size=(64, 6))).astype("float32"), None
