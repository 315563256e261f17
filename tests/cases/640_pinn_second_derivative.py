"""Healthy: a physics-informed network for u'' = -sin(x) with boundary terms; the loss contains second derivatives of the network."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False


class Pinn(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hidden = [layers.Dense(12, activation="tanh", name=f"field_{i}") for i in range(3)]
        self.out = layers.Dense(1, name="field_out")

    def call(self, x):
        for layer in self.hidden:
            x = layer(x)
        return self.out(x)

    def train_step(self, data):
        x, source = data
        with tf.GradientTape() as tape:
            with tf.GradientTape() as second:
                second.watch(x)
                with tf.GradientTape() as first:
                    first.watch(x)
                    u = self(x, training=True)
                du = first.gradient(u, x)
            ddu = second.gradient(du, x)
            residual = tf.reduce_mean(tf.square(ddu - source))
            edges = self(tf.constant([[0.0], [np.pi]]), training=True)
            loss = residual + 10.0 * tf.reduce_mean(tf.square(edges - 0.3))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": loss, "residual": residual}


def build():
    keras.utils.set_random_seed(640)
    model = Pinn()
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    rng = np.random.default_rng(640)
    x = rng.uniform(0, np.pi, (64, 1)).astype("float32")
    return model, x, -np.sin(x).astype("float32")
