"""One of two workers that train together, with and without the watch; prints a line of JSON.

Keras 3.15 cannot join on several workers what its own train step returns, nor build a model
from a batch that is a tuple. The model here trains in the way that is left: a batch of one
tensor, and logs with an axis.
"""

import json
import os
import sys

import keras
import numpy as np
import tensorflow as tf

from keras_gradwatch import GradientWatch


class Regression(keras.Model):
    """Eight columns in, two to predict."""

    def loss_of(self, batch):
        return tf.reduce_mean(tf.square(self(batch[:, :8]) - batch[:, 8:]))

    def train_step(self, data):
        with tf.GradientTape() as tape:
            loss = self.loss_of(data) / 2  # Of two workers each sees half of the batch.
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss[None]}

    def _maybe_symbolic_build(self, *args, **kwargs):
        """The model is built already."""


def model():
    keras.utils.set_random_seed(1)
    x = keras.Input((8,))
    h = keras.layers.Dense(4, activation="tanh")(x)
    built = Regression(x, keras.layers.Dense(2)(h))
    built.compile("adam")
    return built


def train(strategy, rows, callbacks):
    with strategy.scope():
        trained = model()
    batches = tf.data.Dataset.from_tensor_slices(rows).batch(16)
    trained.fit(batches, epochs=2, shuffle=False, verbose=0, callbacks=callbacks)
    return [v.numpy() for v in (*trained.variables, *trained.optimizer.variables)]


def expected_norms(rows):
    """Norms of the first batch on one device."""
    alone = model()
    with tf.GradientTape() as tape:
        loss = alone.loss_of(rows[:16])
    weights = [weight.value for weight in alone.trainable_weights]
    return [float(tf.norm(gradient)) for gradient in tape.gradient(loss, weights)]


def main(rank, folder, *addresses):
    task = {"type": "worker", "index": int(rank)}
    os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": addresses}, "task": task})
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    rows = np.random.default_rng(0).normal(size=(64, 10)).astype("float32")
    plain = train(strategy, rows, [])
    watch = GradientWatch(f"{folder}/{rank}", csv=f"{folder}/{rank}/gradients.csv", every=2)
    watched = train(strategy, rows, [watch])
    return {
        "unchanged": all(map(np.array_equal, plain, watched)),
        "norms": list(watch.to_pandas().norm[:4]),
        "expected": expected_norms(rows),
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
