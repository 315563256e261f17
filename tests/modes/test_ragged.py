"""Ragged tensors as inputs, and a weight of whole numbers beside those that are trained."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_gradwatch import GradientWatch

if keras.backend.backend() != "tensorflow":
    pytest.skip("ragged tensors are TensorFlow's", allow_module_level=True)

import tensorflow as tf


class MeanOfWords(keras.Model):
    def __init__(self):
        super().__init__()
        self.table, self.out = layers.Embedding(10, 4), layers.Dense(1)
        self.calls = self.add_weight(shape=(), dtype="int32", trainable=False, name="calls")

    def call(self, words):
        self.calls.assign_add(1)
        return self.out(tf.reduce_mean(tf.ragged.map_flat_values(self.table, words), axis=1))


def train(*callbacks):
    keras.utils.set_random_seed(0)
    model = MeanOfWords()
    model.compile("adam", "mse")
    words = tf.ragged.constant([[1, 2], [3], [4, 5, 6], [7]] * 4)
    data = tf.data.Dataset.from_tensor_slices((words, np.ones((16, 1), "float32"))).batch(4)
    model.fit(data, shuffle=False, epochs=2, verbose=0, callbacks=list(callbacks))
    return model, [variable.numpy() for variable in model.variables]


def test_ragged_batches_train_the_same_and_are_watched():
    _, plain = train()
    watch = GradientWatch(every=1)
    model, values = train(watch)
    for one, other in zip(plain, values, strict=True):
        np.testing.assert_array_equal(one, other)
    assert set(watch.coverage.watched) == {weight.path for weight in model.trainable_weights}
    assert watch.coverage.unwatched == {model.calls.path: "not trainable"}
    assert len(watch.to_pandas()) == 8 * len(model.trainable_weights)
