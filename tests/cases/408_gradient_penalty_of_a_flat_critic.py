"""WGAN-GP critic: the loss is nan after the first batch although the critic starts from zero output on purpose.

Source: https://github.com/keras-team/keras-io/issues/910
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["critic_conv/kernel", "critic_out/kernel"]
NEEDS_TRAINING = False


def make_critic():
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(6, 3, strides=2, activation="leaky_relu", name="critic_conv"),
            layers.Flatten(),
            layers.Dense(1, kernel_initializer="zeros", name="critic_out"),
        ],
        name="critic",
    )


class WGAN(keras.Model):
    def __init__(self, latent=6, gp_weight=10.0, **kwargs):
        super().__init__(**kwargs)
        self.critic = make_critic()
        self.generator = keras.Sequential(
            [
                keras.Input((latent,)),
                layers.Dense(64, activation="tanh", name="gen_fc"),
                layers.Reshape((8, 8, 1)),
            ],
            name="generator",
        )
        self.generator.trainable = False
        self.latent, self.gp_weight = latent, gp_weight

    def call(self, x):
        return self.critic(x)

    def gradient_penalty(self, real, fake):
        alpha = tf.random.uniform((tf.shape(real)[0], 1, 1, 1))
        mixed = real + alpha * (fake - real)
        with tf.GradientTape() as gp_tape:
            gp_tape.watch(mixed)
            score = self.critic(mixed, training=True)
        grads = gp_tape.gradient(score, mixed)
        norm = tf.sqrt(tf.reduce_sum(tf.square(grads), axis=[1, 2, 3]))  # BLAME
        return tf.reduce_mean((norm - 1.0) ** 2)

    def train_step(self, real):
        if isinstance(real, tuple):
            real = real[0]
        noise = tf.random.normal((tf.shape(real)[0], self.latent))
        fake = self.generator(noise, training=False)
        with tf.GradientTape() as tape:
            cost = tf.reduce_mean(self.critic(fake, training=True)) - tf.reduce_mean(self.critic(real, training=True))
            loss = cost + self.gp_weight * self.gradient_penalty(real, fake)
        grads = tape.gradient(loss, self.critic.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.critic.trainable_variables))
        return {"critic_loss": loss}


def build():
    keras.utils.set_random_seed(708)
    rng = np.random.default_rng(708)
    model = WGAN()
    x = np.tanh(rng.normal(size=(64, 8, 8, 1))).astype("float32")
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(1e-4, beta_1=0.5))
    return model, x, None
