"""Healthy: BYOL; the target network is frozen, behind stop_gradient and follows the online network by a moving average."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False
QUIET = ["online_dense/bias"]  # before batch norm: rounding noise


def encoder(name):
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(6, 3, strides=2, activation="relu", name=f"{name}_conv"),
            layers.Flatten(),
            layers.Dense(10, name=f"{name}_dense"),
            layers.BatchNormalization(name=f"{name}_bn"),
            layers.ReLU(),
            layers.Dense(6, name=f"{name}_proj"),
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
            [keras.Input((6,)), layers.Dense(8, activation="relu", name="pred_hidden"), layers.Dense(6, name="pred_out")],
            name="predictor",
        )

    def call(self, x, training=False):
        return self.predictor(self.online(x, training=training), training=training)

    @staticmethod
    def distance(p, z):
        return 2.0 - 2.0 * ops.mean(ops.sum(ops.normalize(p, axis=-1) * ops.normalize(z, axis=-1), axis=-1))

    def train_step(self, x):
        one = x + 0.1 * tf.random.normal(tf.shape(x))
        two = tf.reverse(x, axis=[2]) + 0.1 * tf.random.normal(tf.shape(x))
        with tf.GradientTape() as tape:
            p1, p2 = self(one, training=True), self(two, training=True)
            z1 = ops.stop_gradient(self.target(one, training=False))
            z2 = ops.stop_gradient(self.target(two, training=False))
            loss = self.distance(p1, z2) + self.distance(p2, z1)
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        for slow, fast in zip(self.target.weights, self.online.weights):
            if "seed" not in slow.path:
                slow.assign(0.97 * slow + 0.03 * fast)
        return {"loss": loss}


def build():
    keras.utils.set_random_seed(633)
    model = BYOL()
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    rng = np.random.default_rng(633)
    return model, rng.random((64, 8, 8, 1)).astype("float32"), None
