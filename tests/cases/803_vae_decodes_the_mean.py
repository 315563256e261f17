"""A VAE trained by its own train_step samples z but decodes the mean, and has no KL term: the log-variance head gets no gradient."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["z_log_var"]
NEEDS_TRAINING = False


class SpectrumVAE(keras.Model):
    def __init__(self, latent=3, **kwargs):
        super().__init__(**kwargs)
        self.trunk = layers.Dense(12, activation="gelu", name="trunk")
        self.z_mean = layers.Dense(latent, name="z_mean")
        self.z_log_var = layers.Dense(latent, name="z_log_var")
        self.decoder = keras.Sequential(
            [layers.Dense(12, activation="gelu", name="dec_hidden"), layers.Dense(20, name="dec_out")],
            name="decoder",
        )
        self.loss_tracker = keras.metrics.Mean(name="loss")

    def call(self, x):
        h = self.trunk(x)
        mean, log_var = self.z_mean(h), self.z_log_var(h)
        eps = tf.random.normal(tf.shape(mean))
        z = mean + tf.exp(0.5 * log_var) * eps
        return self.decoder(mean)  # BLAME

    def train_step(self, data):
        with tf.GradientTape() as tape:
            recon = self(data, training=True)
            loss = tf.reduce_mean(tf.reduce_sum(tf.square(data - recon), axis=-1))
        grads = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.trainable_weights))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}


def build():
    keras.utils.set_random_seed(603)
    rng = np.random.default_rng(603)
    x = rng.normal(size=(64, 20)).astype("float32")
    model = SpectrumVAE()
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model, x, None
