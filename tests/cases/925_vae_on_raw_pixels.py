"""VAE, custom train_step like on keras.io, images straight from the camera.

Source: https://github.com/AppliedDataSciencePartners/WorldModels/issues/9
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "exploding"
SYMPTOM = "exploding"
WEIGHTS = ["enc_dense", "z_log_var"]
NEEDS_TRAINING = False


class Sampling(layers.Layer):
    def call(self, inputs):
        z_mean, z_log_var = inputs
        eps = tf.random.normal(tf.shape(z_mean))
        return z_mean + tf.exp(0.5 * tf.clip_by_value(z_log_var, -6.0, 6.0)) * eps


class VAE(keras.Model):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.total_loss_tracker = keras.metrics.Mean(name="total_loss")
        self.kl_loss_tracker = keras.metrics.Mean(name="kl_loss")

    @property
    def metrics(self):
        return [self.total_loss_tracker, self.kl_loss_tracker]

    def kl(self, z_mean, z_log_var):
        kl = -0.5 * (1 + z_log_var - tf.square(z_mean) - tf.exp(z_log_var))  # BLAME
        return tf.reduce_mean(tf.reduce_sum(kl, axis=1))

    def train_step(self, data):
        with tf.GradientTape() as tape:
            z_mean, z_log_var, z = self.encoder(data)
            reconstruction = self.decoder(z)
            r_loss = tf.reduce_mean(keras.losses.mean_squared_error(data / 255.0, reconstruction))
            kl_loss = self.kl(z_mean, z_log_var)
            total_loss = r_loss + kl_loss
        grads = tape.gradient(total_loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.trainable_weights))
        self.total_loss_tracker.update_state(total_loss)
        self.kl_loss_tracker.update_state(kl_loss)
        return {m.name: m.result() for m in self.metrics}


def build():
    keras.utils.set_random_seed(251)
    rng = np.random.default_rng(251)
    inp = keras.Input((36,))
    h = layers.Dense(16, activation="relu", name="enc_dense")(inp)
    z_mean = layers.Dense(2, name="z_mean")(h)
    z_log_var = layers.Dense(2, kernel_initializer=keras.initializers.RandomUniform(-0.05, 0.06), name="z_log_var")(h)
    encoder = keras.Model(inp, [z_mean, z_log_var, Sampling()([z_mean, z_log_var])], name="encoder")
    decoder = keras.Sequential(
        [keras.Input((2,)), layers.Dense(16, activation="relu", name="dec_dense"), layers.Dense(36, activation="sigmoid", name="pixels")],
        name="decoder",
    )
    model = VAE(encoder, decoder)
    model.compile(optimizer=keras.optimizers.Adam(1e-4))
    return model, rng.integers(0, 256, (64, 36)).astype("float32"), None
