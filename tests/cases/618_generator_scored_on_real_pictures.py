"""In a WGAN step the generator's loss takes the critic's score of the real batch (copy and paste): the generator is not part of it."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "no-loss"
ALSO = ("unused",)
SYMPTOM = "none"
WEIGHTS = ["wg_dense", "wg_out"]
NEEDS_TRAINING = False
FIT_RAISES = True
FD = False


class WassersteinGAN(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.generator = keras.Sequential(
            [keras.Input((4,)), layers.Dense(10, activation="relu", name="wg_dense"), layers.Dense(8, name="wg_out")],
            name="generator",
        )
        self.critic = keras.Sequential(
            [keras.Input((8,)), layers.Dense(10, activation="leaky_relu", name="wc_dense"), layers.Dense(1, use_bias=False, name="wc_out")],
            name="critic",
        )

    def call(self, x):
        return self.critic(x)

    def compile(self, c_optimizer, g_optimizer):
        super().compile()
        self.c_optimizer, self.g_optimizer = c_optimizer, g_optimizer

    def train_step(self, real):
        noise = tf.random.normal((tf.shape(real)[0], 4))
        with tf.GradientTape(persistent=True) as tape:
            fake = self.generator(noise, training=True)
            real_score = self.critic(real, training=True)
            fake_score = self.critic(fake, training=True)
            c_loss = tf.reduce_mean(fake_score) - tf.reduce_mean(real_score)
            g_loss = -tf.reduce_mean(real_score)  # BLAME
        cw, gw = self.critic.trainable_variables, self.generator.trainable_variables
        self.c_optimizer.apply_gradients(zip(tape.gradient(c_loss, cw), cw))
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, gw), gw))
        del tape
        return {"c_loss": c_loss, "g_loss": g_loss}


def build():
    keras.utils.set_random_seed(618)
    model = WassersteinGAN()
    model.compile(keras.optimizers.RMSprop(5e-5), keras.optimizers.RMSprop(5e-5))
    rng = np.random.default_rng(618)
    return model, rng.normal(size=(64, 8)).astype("float32"), None
