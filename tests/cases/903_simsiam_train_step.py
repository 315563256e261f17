"""SimSiam on small vectors, custom train_step.

Source: https://github.com/keras-team/keras-io/issues/406
"""
import numpy as np
import tensorflow as tf
import keras
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


def get_encoder(dim, hidden):
    inputs = keras.Input((dim,))
    x = layers.Dense(hidden, use_bias=False, name="enc_hidden")(inputs)
    x = layers.BatchNormalization(name="enc_bn")(x)
    x = layers.ReLU()(x)
    outputs = layers.Dense(16, name="enc_proj")(x)
    return keras.Model(inputs, outputs, name="encoder")


def get_predictor():
    return keras.Sequential(
        [
            keras.Input((16,)),
            layers.Dense(8, activation="relu", name="pred_hidden"),
            layers.Dense(16, name="pred_out"),
        ],
        name="predictor",
    )


class SimSiam(keras.Model):
    def __init__(self, encoder, predictor, noise=0.3):
        super().__init__()
        self.encoder = encoder
        self.predictor = predictor
        self.noise = noise
        self.loss_tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.loss_tracker]

    def augment(self, x):
        return x + self.noise * tf.random.normal(tf.shape(x))

    def train_step(self, data):
        ds_one, ds_two = self.augment(data), self.augment(data)
        with tf.GradientTape() as tape:
            z1, z2 = self.encoder(ds_one, training=True), self.encoder(ds_two, training=True)
            p1, p2 = self.predictor(z1), self.predictor(z2)
            loss = negative_cosine(p1, z2) / 2 + negative_cosine(p2, z1) / 2

        learnable_params = self.encoder.trainable_variables + self.predictor.trainable_variables
        gradients = tape.gradient(loss, learnable_params)
        self.optimizer.apply_gradients(zip(gradients, learnable_params))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}


def build():
    keras.utils.set_random_seed(31)
    rng = np.random.default_rng(31)
    x = rng.normal(size=(64, 20)).astype("float32")
    model = SimSiam(get_encoder(20, 32), get_predictor())
    model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9))
    return model, x, None
