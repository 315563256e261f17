"""A semi-supervised VAE reports reconstruction, KL and classification loss, but the sum that is differentiated misses the last one."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

CODE = "no-loss"
ALSO = ("unused",)
SYMPTOM = "none"
WEIGHTS = ["class_hidden", "class_logits"]
NEEDS_TRAINING = False
FD = False  # fresh noise at every call


class LabelledVAE(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.enc = layers.Dense(12, activation="relu", name="enc")
        self.stats = layers.Dense(6, name="stats")
        self.dec = layers.Dense(12, activation="relu", name="dec")
        self.out = layers.Dense(20, name="dec_out")
        self.class_hidden = layers.Dense(6, activation="relu", name="class_hidden")
        self.class_logits = layers.Dense(4, name="class_logits")

    def call(self, x):
        mean, log_var = ops.split(self.stats(self.enc(x)), 2, axis=-1)
        z = mean + ops.exp(0.5 * log_var) * tf.random.normal(tf.shape(mean))
        return self.out(self.dec(z)), mean, log_var, self.class_logits(self.class_hidden(mean))

    def train_step(self, data):
        x, label = data
        with tf.GradientTape() as tape:
            rebuilt, mean, log_var, logits = self(x, training=True)
            rec = ops.mean(ops.square(x - rebuilt))
            kl = -0.5 * ops.mean(1 + log_var - ops.square(mean) - ops.exp(log_var))
            cls = ops.mean(ops.sparse_categorical_crossentropy(label, logits, from_logits=True))
            total = rec + 0.1 * kl  # BLAME
        grads = tape.gradient(total, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": total + cls, "rec": rec, "kl": kl, "cls": cls}


def build():
    keras.utils.set_random_seed(617)
    rng = np.random.default_rng(617)
    x = rng.normal(size=(64, 20)).astype("float32")
    model = LabelledVAE()
    model(x[:1])
    model.compile(optimizer="adam")
    return model, x, rng.integers(0, 4, 64)
