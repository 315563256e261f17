"""SimSiam with the stop_gradient on the predictor's side: the predictor gets no gradient, the target branch does.

Source: https://github.com/PatrickHua/SimSiam/issues/39
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["pred_hidden", "pred_out"]
NEEDS_TRAINING = False


def negative_cosine(p, z):
    """p: prediction, z: target of the other view (constant for the optimizer)"""
    p = tf.stop_gradient(p)  # BLAME
    p = tf.math.l2_normalize(p, axis=1)
    z = tf.math.l2_normalize(z, axis=1)
    return -tf.reduce_mean(tf.reduce_sum(p * z, axis=1))


class SimSiam(keras.Model):
    def __init__(self, width=16, **kwargs):
        super().__init__(**kwargs)
        image = keras.Input((12, 12, 1))
        h = layers.Conv2D(8, 3, strides=2, activation="relu", name="conv")(image)
        h = layers.Flatten(name="flat")(h)
        h = layers.Dense(width, use_bias=False, name="proj")(h)
        z = layers.BatchNormalization(name="proj_bn")(h)
        self.encoder = keras.Model(image, z, name="encoder")
        z_in = keras.Input((width,))
        p = layers.Dense(8, activation="relu", name="pred_hidden")(z_in)
        self.predictor = keras.Model(z_in, layers.Dense(width, name="pred_out")(p), name="predictor")
        self.loss_tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.loss_tracker]

    def call(self, images, training=False):
        return self.predictor(self.encoder(images, training=training))

    def view(self, images):
        flipped = tf.reverse(images, axis=[2])
        coin = tf.random.uniform((tf.shape(images)[0], 1, 1, 1)) < 0.5
        return tf.where(coin, flipped, images) + tf.random.normal(tf.shape(images), stddev=0.05)

    def train_step(self, images):
        with tf.GradientTape() as tape:
            z1 = self.encoder(self.view(images), training=True)
            z2 = self.encoder(self.view(images), training=True)
            p1, p2 = self.predictor(z1), self.predictor(z2)
            loss = 0.5 * (negative_cosine(p1, z2) + negative_cosine(p2, z1))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}


def build():
    keras.utils.set_random_seed(39)
    model = SimSiam()
    model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9))
    rng = np.random.default_rng(39)
    x = rng.random((64, 12, 12, 1)).astype("float32")
    x[::2, :6] += 0.7
    return model, x, None
