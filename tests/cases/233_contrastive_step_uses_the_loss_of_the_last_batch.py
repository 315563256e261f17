"""A train_step differentiates the running mean of its loss tracker, a variable, in place of the loss."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "no-loss"
SYMPTOM = "none"
WEIGHTS = ["embed"]
NEEDS_TRAINING = False
FIT_RAISES = True
ALSO = ("non-differentiable", "stop-gradient")


class Contrastive(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.embed = layers.Dense(6, name="embed")
        self.mean_loss = keras.metrics.Mean(name="mean_loss")

    def call(self, x):
        return self.embed(x)

    def train_step(self, data):
        left, right = data
        with tf.GradientTape() as tape:
            scores = tf.matmul(self(left), self(right), transpose_b=True)
            same = tf.range(tf.shape(scores)[0])
            self.mean_loss.update_state(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=same, logits=scores)
            )
            loss = self.mean_loss.result()  # BLAME
        weights = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return {"loss": loss}


def build():
    keras.utils.set_random_seed(233)
    rng = np.random.default_rng(233)
    x = rng.normal(size=(64, 5)).astype("float32")
    model = Contrastive()
    model.compile(optimizer="adam")
    return model, x, x + 0.1 * rng.normal(size=x.shape).astype("float32")
