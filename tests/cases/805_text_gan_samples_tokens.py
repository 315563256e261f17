"""Text GAN: the generator's tokens are drawn with tf.random.categorical before the discriminator embeds them."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["gen_expand", "gen_rnn", "gen_logits"]
NEEDS_TRAINING = False
FIT_RAISES = True


class TextGAN(keras.Model):
    def __init__(self, vocab=10, length=5, **kwargs):
        super().__init__(**kwargs)
        self.vocab, self.length = vocab, length
        self.generator = keras.Sequential(
            [
                keras.Input((4,)),
                layers.Dense(length * 4, name="gen_expand"),
                layers.Reshape((length, 4)),
                layers.GRU(8, return_sequences=True, name="gen_rnn"),
                layers.Dense(vocab, name="gen_logits"),
            ],
            name="generator",
        )
        self.discriminator = keras.Sequential(
            [
                keras.Input((length,), dtype="int32"),
                layers.Embedding(vocab, 6, name="disc_embed"),
                layers.GlobalAveragePooling1D(),
                layers.Dense(1, name="disc_out"),
            ],
            name="discriminator",
        )
        self.bce = keras.losses.BinaryCrossentropy(from_logits=True)

    def compile(self, d_optimizer, g_optimizer, **kwargs):
        super().compile(**kwargs)
        self.d_optimizer, self.g_optimizer = d_optimizer, g_optimizer

    def sample(self, noise):
        logits = tf.reshape(self.generator(noise), (-1, self.vocab))
        tokens = tf.random.categorical(logits, 1, dtype=tf.int32)  # BLAME
        return tf.reshape(tokens, (-1, self.length))

    def call(self, noise):
        return self.discriminator(self.sample(noise))

    def train_step(self, real):
        noise = tf.random.normal((tf.shape(real)[0], 4))
        with tf.GradientTape() as tape:
            real_logits = self.discriminator(real)
            fake_logits = self.discriminator(self.sample(noise))
            d_loss = self.bce(tf.ones_like(real_logits), real_logits) + self.bce(
                tf.zeros_like(fake_logits), fake_logits
            )
        d_vars = self.discriminator.trainable_variables
        self.d_optimizer.apply_gradients(zip(tape.gradient(d_loss, d_vars), d_vars))
        with tf.GradientTape() as tape:
            fake_logits = self.discriminator(self.sample(noise))
            g_loss = self.bce(tf.ones_like(fake_logits), fake_logits)
        g_vars = self.generator.trainable_variables
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, g_vars), g_vars))
        return {"d_loss": d_loss, "g_loss": g_loss}


def build():
    keras.utils.set_random_seed(605)
    rng = np.random.default_rng(605)
    model = TextGAN()
    model.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3))
    return model, rng.integers(0, 10, (64, 5)).astype("int32"), None
