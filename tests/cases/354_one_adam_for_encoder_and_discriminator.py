"""An anomaly GAN hands one Adam instance to two networks; keras 3 builds its slots for the first set of variables only.

The second apply_gradients of the step meets variables that the optimizer does not know and raises.

Source: https://github.com/yzhao062/pyod/issues/459
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "step-raises"
SYMPTOM = "raises"
WEIGHTS = []
RAISES = "Unknown variable"
FIT_RAISES = True
NEEDS_TRAINING = False


def mlp(n_in, hidden, n_out, name, activation=None):
    x = keras.Input((n_in,))
    h = layers.Dense(hidden, activation="relu", name=f"{name}_hidden")(x)
    return keras.Model(x, layers.Dense(n_out, activation=activation, name=f"{name}_out")(h), name=name)


class AnomalyGAN(keras.Model):
    def __init__(self, features=8, latent=3, **kwargs):
        super().__init__(**kwargs)
        self.encoder = mlp(features, 16, latent, "encoder")
        self.decoder = mlp(latent, 16, features, "decoder")
        self.discriminator = mlp(features, 16, 1, "discriminator")
        self.bce = keras.losses.BinaryCrossentropy(from_logits=True)

    def call(self, x):
        return tf.reduce_mean(tf.square(self.decoder(self.encoder(x)) - x), axis=1)

    def compile(self, adam):
        super().compile()
        self.adam = adam

    def train_step(self, x):
        with tf.GradientTape() as tape:
            rebuilt = tf.stop_gradient(self.decoder(self.encoder(x)))
            real, fake = self.discriminator(x), self.discriminator(rebuilt)
            d_loss = self.bce(tf.ones_like(real), real) + self.bce(tf.zeros_like(fake), fake)
        variables = self.discriminator.trainable_variables
        self.adam.apply_gradients(zip(tape.gradient(d_loss, variables), variables))

        with tf.GradientTape() as tape:
            rebuilt = self.decoder(self.encoder(x, training=True), training=True)
            fake = self.discriminator(rebuilt)
            mse = tf.reduce_mean(tf.square(rebuilt - x))
            g_loss = mse + 0.1 * self.bce(tf.ones_like(fake), fake)
        variables = self.encoder.trainable_variables + self.decoder.trainable_variables
        grads = tape.gradient(g_loss, variables)
        self.adam.apply_gradients(zip(grads, variables))  # BLAME
        return {"d_loss": d_loss, "g_loss": g_loss, "mse": mse}


def build():
    keras.utils.set_random_seed(459)
    model = AnomalyGAN()
    model.compile(keras.optimizers.Adam(1e-3))
    rng = np.random.default_rng(459)
    factors = rng.normal(size=(96, 3))
    x = np.tanh(factors @ rng.normal(size=(3, 8))) + 0.05 * rng.normal(size=(96, 8))
    return model, x.astype("float32"), None
