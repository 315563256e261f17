"""BYOL on sensor windows: the loss falls a little and then stays, the online encoder never changes.

Source: own, after a common kind of question (no single thread)
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["online/"]
NEEDS_TRAINING = False


def encoder(name):
    return keras.Sequential(
        [
            keras.Input((24, 3)),
            layers.Conv1D(8, 5, strides=2, activation="relu", name=f"{name}_conv"),
            layers.GlobalAveragePooling1D(),
            layers.Dense(12, name=f"{name}_proj"),
        ],
        name=name,
    )


class BYOL(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.online = encoder("online")
        self.target = encoder("target")
        self.target.set_weights(self.online.get_weights())
        self.target.trainable = False
        self.predictor = keras.Sequential(
            [keras.Input((12,)), layers.Dense(16, activation="relu"), layers.Dense(12)], name="predictor"
        )
        self.loss_tracker = keras.metrics.Mean(name="loss")

    def call(self, x):
        return self.predictor(self.online(x))

    def views(self, x):
        return x + tf.random.normal(tf.shape(x), stddev=0.1), x * tf.random.uniform((tf.shape(x)[0], 1, 1), 0.8, 1.2)

    def regress(self, a, b):
        z = self.online(a, training=True)
        t = self.target(b, training=False)
        p = tf.math.l2_normalize(self.predictor(tf.stop_gradient(z), training=True), axis=-1)  # BLAME
        t = tf.stop_gradient(tf.math.l2_normalize(t, axis=-1))
        return tf.reduce_mean(2.0 - 2.0 * tf.reduce_sum(p * t, axis=-1))

    def train_step(self, data):
        x = data[0] if isinstance(data, tuple) else data
        a, b = self.views(x)
        with tf.GradientTape() as tape:
            loss = self.regress(a, b) + self.regress(b, a)
        variables = self.trainable_variables
        grads = tape.gradient(loss, variables)
        self.optimizer.apply_gradients(zip(grads, variables))
        for w, v in zip(self.target.weights, self.online.weights):
            w.assign(0.99 * w + 0.01 * v)
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}


def build():
    keras.utils.set_random_seed(705)
    rng = np.random.default_rng(705)
    model = BYOL()
    x = rng.normal(size=(64, 24, 3)).astype("float32")
    model(x[:2])
    model.compile(optimizer="adam")
    return model, x, None
