"""Healthy: sharpness-aware minimisation (SAM): weights are moved uphill, a second gradient is taken, then they are put back."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class SAMModel(keras.Model):
    def __init__(self, rho=0.05, **kwargs):
        super().__init__(**kwargs)
        self.rho = rho
        self.conv = layers.SeparableConv2D(6, 3, activation="gelu", name="sep")
        self.norm = layers.LayerNormalization(name="norm")
        self.pool = layers.GlobalAveragePooling2D()
        self.out = layers.Dense(3, name="logits")

    def call(self, x):
        return self.out(self.pool(self.norm(self.conv(x))))

    def gradients(self, x, y):
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        return tape.gradient(loss, self.trainable_variables), loss, y_pred

    def train_step(self, data):
        x, y = data
        first, loss, y_pred = self.gradients(x, y)
        scale = self.rho / (tf.linalg.global_norm(first) + 1e-12)
        steps = [g * scale for g in first]
        for w, e in zip(self.trainable_variables, steps):
            w.assign_add(e)
        second, _, _ = self.gradients(x, y)
        for w, e in zip(self.trainable_variables, steps):
            w.assign_sub(e)
        self.optimizer.apply_gradients(zip(second, self.trainable_variables))
        return {"loss": loss}


def build():
    keras.utils.set_random_seed(625)
    rng = np.random.default_rng(625)
    x = rng.random((64, 9, 9, 2)).astype("float32")
    model = SAMModel()
    model(x[:1])
    model.compile(
        optimizer=keras.optimizers.SGD(0.05, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model, x, rng.integers(0, 3, 64)
