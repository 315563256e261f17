"""SimSiam with the stop_gradient on the wrong side: the prediction p is detached instead of the projection z."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["pred_hidden", "pred_out"]
NEEDS_TRAINING = False


def negative_cosine(p, z):
    p = tf.stop_gradient(p)  # BLAME
    p = tf.math.l2_normalize(p, axis=1)
    z = tf.math.l2_normalize(z, axis=1)
    return -tf.reduce_mean(tf.reduce_sum(p * z, axis=1))


class SimSiam(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.encoder = keras.Sequential(
            [
                keras.Input((10, 10, 1)),
                layers.Conv2D(6, 3, strides=2, activation="relu", name="enc_conv"),
                layers.Flatten(),
                layers.Dense(8, name="enc_proj"),
            ],
            name="encoder",
        )
        self.predictor = keras.Sequential(
            [
                keras.Input((8,)),
                layers.Dense(4, activation="elu", name="pred_hidden"),
                layers.Dense(8, name="pred_out"),
            ],
            name="predictor",
        )

    def call(self, x):
        return self.predictor(self.encoder(x))

    def train_step(self, data):
        one = data + tf.random.normal(tf.shape(data), stddev=0.1)
        two = tf.image.flip_left_right(data)
        with tf.GradientTape() as tape:
            z1, z2 = self.encoder(one, training=True), self.encoder(two, training=True)
            p1, p2 = self.predictor(z1, training=True), self.predictor(z2, training=True)
            loss = 0.5 * negative_cosine(p1, z2) + 0.5 * negative_cosine(p2, z1)
        weights = self.encoder.trainable_variables + self.predictor.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        return {"loss": loss}


def build():
    keras.utils.set_random_seed(607)
    rng = np.random.default_rng(607)
    model = SimSiam()
    model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9))
    return model, rng.random((64, 10, 10, 1)).astype("float32"), None
