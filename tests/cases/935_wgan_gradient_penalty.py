"""WGAN-GP in the keras.io style, critic is trained three times per step.

Source: https://github.com/eriklindernoren/Keras-GAN/issues/61
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class WGAN(keras.Model):
    def __init__(self, critic, generator, latent_dim, critic_steps=3, gp_weight=10.0):
        super().__init__()
        self.critic = critic
        self.generator = generator
        self.latent_dim = latent_dim
        self.c_steps = critic_steps
        self.gp_weight = gp_weight

    def compile(self, c_optimizer, g_optimizer):
        super().compile()
        self.c_optimizer = c_optimizer
        self.g_optimizer = g_optimizer

    def gradient_penalty(self, real, fake):
        alpha = tf.random.uniform([tf.shape(real)[0], 1])
        mid = real + alpha * (fake - real)
        with tf.GradientTape() as gp_tape:
            gp_tape.watch(mid)
            pred = self.critic(mid, training=True)
        grads = gp_tape.gradient(pred, mid)
        norm = tf.sqrt(tf.reduce_sum(tf.square(grads), axis=1) + 1e-12)
        return tf.reduce_mean((norm - 1.0) ** 2)

    def train_step(self, real):
        n = tf.shape(real)[0]
        for _ in range(self.c_steps):
            z = tf.random.normal([n, self.latent_dim])
            with tf.GradientTape() as tape:
                fake = self.generator(z, training=True)
                c_cost = tf.reduce_mean(self.critic(fake, training=True)) - tf.reduce_mean(self.critic(real, training=True))
                c_loss = c_cost + self.gp_weight * self.gradient_penalty(real, fake)
            c_grad = tape.gradient(c_loss, self.critic.trainable_variables)
            self.c_optimizer.apply_gradients(zip(c_grad, self.critic.trainable_variables))
        z = tf.random.normal([n, self.latent_dim])
        with tf.GradientTape() as tape:
            g_loss = -tf.reduce_mean(self.critic(self.generator(z, training=True), training=True))
        g_grad = tape.gradient(g_loss, self.generator.trainable_variables)
        self.g_optimizer.apply_gradients(zip(g_grad, self.generator.trainable_variables))
        return {"c_loss": c_loss, "g_loss": g_loss}


def build():
    keras.utils.set_random_seed(351)
    rng = np.random.default_rng(351)
    critic = keras.Sequential(
        [keras.Input((6,)), layers.Dense(24, name="c1"), layers.LeakyReLU(0.2), layers.Dense(24, name="c2"), layers.LeakyReLU(0.2), layers.Dense(1, use_bias=False, name="c3")],
        name="critic",
    )
    generator = keras.Sequential(
        [keras.Input((8,)), layers.Dense(24, activation="elu", name="g1"), layers.Dense(6, name="g2")],
        name="generator",
    )
    model = WGAN(critic, generator, 8)
    adam = lambda: keras.optimizers.Adam(2e-4, beta_1=0.5, beta_2=0.9)
    model.compile(adam(), adam())
    return model, rng.normal(1.0, 0.5, (96, 6)).astype("float32"), None
