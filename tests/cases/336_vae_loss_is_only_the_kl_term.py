"""A VAE for molecule fingerprints: after a refactoring the total loss is the KL term alone, the decoder learns nothing.

Source: https://github.com/keras-team/keras/issues/10819
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "no-loss"
ALSO = ["unused"]
SYMPTOM = "none"
WEIGHTS = ["dec_hidden", "dec_bits"]
NEEDS_TRAINING = False


class FingerprintVAE(keras.Model):
    def __init__(self, bits, latent, beta=0.5, **kwargs):
        super().__init__(**kwargs)
        self.beta = beta
        x = keras.Input((bits,))
        h = layers.Dense(24, activation="gelu", name="enc_hidden")(x)
        mean = layers.Dense(latent, name="z_mean")(h)
        log_var = layers.Dense(latent, name="z_log_var")(h)
        self.encoder = keras.Model(x, [mean, log_var], name="encoder")
        z = keras.Input((latent,))
        h = layers.Dense(24, activation="gelu", name="dec_hidden")(z)
        self.decoder = keras.Model(z, layers.Dense(bits, name="dec_bits")(h), name="decoder")
        self.trackers = {k: keras.metrics.Mean(name=k) for k in ("loss", "reconstruction", "kl")}

    @property
    def metrics(self):
        return list(self.trackers.values())

    def call(self, x):
        mean, _ = self.encoder(x)
        return self.decoder(mean)

    @staticmethod
    def sample(mean, log_var):
        return mean + tf.exp(0.5 * log_var) * tf.random.normal(tf.shape(mean))

    def losses_of(self, x, training):
        mean, log_var = self.encoder(x, training=training)
        logits = self.decoder(self.sample(mean, log_var), training=training)
        bce = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits)
        reconstruction = tf.reduce_mean(tf.reduce_sum(bce, axis=1))
        kl = -0.5 * tf.reduce_sum(1.0 + log_var - tf.square(mean) - tf.exp(log_var), axis=1)
        return reconstruction, tf.reduce_mean(kl)

    def train_step(self, x):
        with tf.GradientTape() as tape:
            reconstruction, kl = self.losses_of(x, training=True)
            loss = tf.reduce_mean(self.beta * kl)  # BLAME
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        for name, value in zip(("loss", "reconstruction", "kl"), (loss, reconstruction, kl)):
            self.trackers[name].update_state(value)
        return {name: m.result() for name, m in self.trackers.items()}


def build():
    keras.utils.set_random_seed(10819)
    model = FingerprintVAE(bits=40, latent=4)
    model.compile(optimizer=keras.optimizers.Adam(2e-3))
    rng = np.random.default_rng(10819)
    groups = rng.random((5, 40)) < 0.3
    x = groups[rng.integers(0, 5, 96)] ^ (rng.random((96, 40)) < 0.05)
    return model, x.astype("float32"), None
