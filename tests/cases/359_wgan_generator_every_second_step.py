"""Healthy: WGAN-GP with the 1e-8 inside the sqrt; the generator is updated in every second step only, by tf.cond.

Source: https://github.com/tdeboissiere/DeepLearningImplementations/issues/68
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class TabularWGAN(keras.Model):
    def __init__(self, latent=4, columns=6, **kwargs):
        super().__init__(**kwargs)
        self.latent = latent
        z = keras.Input((latent,))
        h = layers.Dense(24, activation="swish", name="gen_hidden")(z)
        self.generator = keras.Model(z, layers.Dense(columns, name="gen_row")(h), name="generator")
        row = keras.Input((columns,))
        h = layers.Dense(32, activation="swish", name="critic_hidden")(row)
        self.critic = keras.Model(row, layers.Dense(1, use_bias=False, name="critic_score")(h), name="critic")
        self.turn = self.add_weight(name="turn", shape=(), dtype="int32", initializer="zeros", trainable=False)

    def call(self, rows):
        return self.critic(rows)

    def compile(self, g_optimizer, c_optimizer):
        super().compile()
        self.g_optimizer, self.c_optimizer = g_optimizer, c_optimizer
        g_optimizer.build(self.generator.trainable_variables)
        c_optimizer.build(self.critic.trainable_variables)

    def penalty(self, real, fake):
        mix = tf.random.uniform((tf.shape(real)[0], 1))
        between = mix * real + (1.0 - mix) * fake
        with tf.GradientTape() as inner:
            inner.watch(between)
            score = self.critic(between, training=True)
        slope = inner.gradient(score, between)
        norm = tf.sqrt(1e-8 + tf.reduce_sum(tf.square(slope), axis=1))
        return tf.reduce_mean(tf.square(norm - 1.0))

    def update_generator(self, noise):
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(self.critic(self.generator(noise, training=True)))
        v = self.generator.trainable_variables
        self.g_optimizer.apply_gradients(zip(tape.gradient(loss, v), v))
        return loss

    def train_step(self, real):
        noise = tf.random.normal((tf.shape(real)[0], self.latent))
        with tf.GradientTape() as tape:
            fake = tf.stop_gradient(self.generator(noise, training=True))
            gap = tf.reduce_mean(self.critic(fake)) - tf.reduce_mean(self.critic(real))
            c_loss = gap + 10.0 * self.penalty(real, fake)
        v = self.critic.trainable_variables
        self.c_optimizer.apply_gradients(zip(tape.gradient(c_loss, v), v))

        g_turn = tf.equal(tf.convert_to_tensor(self.turn) % 2, 0)
        g_loss = tf.cond(g_turn, lambda: self.update_generator(noise), lambda: tf.constant(0.0))
        self.turn.assign_add(1)
        return {"c_loss": c_loss, "g_loss": g_loss, "gap": gap}


def build():
    keras.utils.set_random_seed(68)
    model = TabularWGAN()
    adam = lambda: keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.9)
    model.compile(adam(), adam())
    rng = np.random.default_rng(68)
    x = rng.normal(size=(128, 3)) @ rng.normal(size=(3, 6)) + 1.5
    return model, x.astype("float32"), None
