"""A SimSiam train_step detaches both arguments of the similarity, the prediction as well as the target."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["encode", "predict"]
NEEDS_TRAINING = False
FIT_RAISES = True


def similarity(prediction, target):
    prediction, target = (ops.normalize(v, axis=-1) for v in (prediction, target))
    return -ops.mean(ops.sum(prediction * target, axis=-1))


class SimSiam(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.encode = layers.Dense(8, activation="tanh", name="encode")
        self.predict_head = layers.Dense(8, name="predict_head")

    def call(self, x):
        return self.predict_head(self.encode(x))

    def train_step(self, data):
        first, second = data
        with tf.GradientTape() as tape:
            prediction = self(first, training=True)
            target = self.encode(second)
            loss = similarity(
                ops.stop_gradient(prediction),  # BLAME
                ops.stop_gradient(target),
            )
        weights = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return {"loss": loss}


def build():
    keras.utils.set_random_seed(213)
    rng = np.random.default_rng(213)
    x = rng.normal(size=(64, 6)).astype("float32")
    model = SimSiam()
    model.compile(optimizer="adam")
    return model, x, x + 0.1 * rng.normal(size=x.shape).astype("float32")
