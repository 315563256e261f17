"""pix2pix step: the generator's adversarial loss is computed from the logits of the real pair (copy and paste)."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "no-loss"
SYMPTOM = "none"
WEIGHTS = ["down", "up"]
NEEDS_TRAINING = False
FIT_RAISES = True


def make_generator():
    inp = keras.Input((8, 8, 1))
    h = layers.Conv2D(5, 3, strides=2, padding="same", activation="leaky_relu", name="down")(inp)
    out = layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh", name="up")(h)
    return keras.Model(inp, out, name="gen")


def make_discriminator():
    a, b = keras.Input((8, 8, 1)), keras.Input((8, 8, 1))
    h = layers.Concatenate()([a, b])
    h = layers.Conv2D(5, 3, strides=2, activation="leaky_relu", name="d_conv")(h)
    return keras.Model([a, b], layers.Conv2D(1, 3, name="d_patch")(h), name="disc")


class Pix2Pix(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.gen = make_generator()
        self.disc = make_discriminator()
        self.d_opt = keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.bce = keras.losses.BinaryCrossentropy(from_logits=True)

    def call(self, sketch):
        return self.gen(sketch)

    def train_step(self, data):
        sketch, photo = data
        with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
            fake = self.gen(sketch, training=True)
            real_logits = self.disc([sketch, photo], training=True)
            fake_logits = self.disc([sketch, fake], training=True)
            gen_loss = self.bce(tf.ones_like(real_logits), real_logits)  # BLAME
            disc_loss = self.bce(tf.ones_like(real_logits), real_logits)
            disc_loss += self.bce(tf.zeros_like(fake_logits), fake_logits)
        d_vars, g_vars = self.disc.trainable_variables, self.gen.trainable_variables
        self.d_opt.apply_gradients(zip(disc_tape.gradient(disc_loss, d_vars), d_vars))
        self.optimizer.apply_gradients(zip(gen_tape.gradient(gen_loss, g_vars), g_vars))
        return {"gen": gen_loss, "disc": disc_loss}


def build():
    keras.utils.set_random_seed(613)
    rng = np.random.default_rng(613)
    model = Pix2Pix()
    model.compile(optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5))
    x = rng.random((64, 8, 8, 1)).astype("float32")
    return model, x, np.tanh(2 * x - 1).astype("float32")
