"""Targets that meet the predictions of all other rows, by accident and on purpose."""

import keras
import pytest
import tensorflow as tf

from keras_gradwatch.backends.tensorflow.recorder import Recorder
from keras_gradwatch.diagnosis.broadcasts import collapses, crossings, meetings

ROWS = 6


class OneStep(keras.Model):
    """A linear model whose training step takes a loss as it is."""

    def __init__(self, loss, width):
        super().__init__()
        self.linear = keras.layers.Dense(width, kernel_initializer="ones")
        self.own_loss = loss

    def call(self, x):
        return self.linear(x)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.own_loss(y, self(x))
        self.optimizer.apply(tape.gradient(loss, self.trainable_weights), self.trainable_weights)
        return {}


def crossed(loss, target_shape, width=1):
    """The operations of `loss(target, prediction)` in which rows meet by accident."""
    found = crossings(*recorded(loss, target_shape, width))
    return [operation.type for operation in found]


def collapsed(loss, target_shape=(ROWS,), width=1):
    """The operations that sum over the batch what is compared with each row."""
    return [reducing.type for reducing, _ in collapses(*recorded(loss, target_shape, width))]


def recorded(loss, target_shape, width):
    model = OneStep(loss, width)
    x, y = tf.ones((ROWS, 3)), tf.ones(target_shape)
    model(x)
    model.compile("sgd")
    recording = Recorder(model).run((x, y))
    assert recording.error is None
    (backward,) = recording.backward
    graph, data = recording.graph, [x._id, y._id]
    return graph, meetings(graph, backward.losses, data, backward.weights)


def mse(y, p):
    return tf.reduce_mean(tf.square(y - p))


def test_a_flat_target_against_a_column():
    assert crossed(mse, (ROWS,)) == ["Sub"]


def test_a_column_of_targets_against_a_flat_prediction():
    assert crossed(lambda y, p: mse(y, p[:, 0]), (ROWS, 1)) == ["Sub"]


def test_weights_of_rows_against_a_column_of_losses():
    assert crossed(lambda y, p: tf.reduce_sum(tf.square(p) * y), (ROWS,)) == ["Mul"]


def test_a_scaled_target_is_a_target():
    assert crossed(lambda y, p: mse(tf.cast(y, tf.float32) / 2.0, p), (ROWS,)) == ["Sub"]


def test_higher_ranks():
    def loss(y, p):
        return tf.reduce_mean(tf.abs(tf.reshape(p, (ROWS, 1, 4)) * 1.0 - y))

    assert crossed(loss, (ROWS, 4), width=4) == ["Sub"]


def test_an_image_as_wide_as_the_batch_is_long():
    def loss(y, p):
        maps = tf.reshape(p, (ROWS, ROWS, ROWS, 1)) * 1.0
        return tf.reduce_mean(tf.square(y - maps))

    assert crossed(loss, (ROWS, ROWS, ROWS), width=ROWS * ROWS) == ["Sub"]


@pytest.mark.parametrize(
    ("loss", "target_shape", "width"),
    [
        (mse, (ROWS, 1), 1),
        (mse, (ROWS, 4), 1),
        (lambda y, p: mse(y, p[:, 0]), (ROWS,), 1),
        (lambda y, p: tf.reduce_mean(p * tf.ones(4)), (ROWS,), 4),
        (lambda y, p: tf.reduce_mean(p * y), (ROWS,), ROWS),
        (lambda y, p: tf.reduce_mean(p - tf.ones(ROWS)), (ROWS,), 1),
        (lambda y, p: tf.reduce_mean(p - tf.cast(tf.shape(y)[0], tf.float32)), (ROWS,), 1),
        (lambda y, p: tf.reduce_mean(y[:, None] - p), (ROWS,), 1),
        (lambda y, p: tf.reduce_mean(tf.abs(y[:, None] - p[:, 0])), (ROWS,), 1),
        (lambda y, p: tf.reduce_mean(tf.expand_dims(p[:, 0], 1) - y), (ROWS,), 1),
        (lambda y, p: tf.reduce_mean(-p[:, 0][:, None] - y), (ROWS,), 1),
        (lambda y, p: tf.reduce_mean(p - tf.raw_ops.OnesLike(x=y)), (ROWS,), 1),
        (lambda y, p: tf.reduce_mean((p - y) * (1.0 - tf.eye(ROWS))), (ROWS,), 1),
        (lambda y, p: tf.reduce_mean((p + y) - 2.0 * p @ y[None]), (ROWS,), 1),
        (lambda y, p: tf.reduce_mean(p - tf.transpose(p)), (ROWS,), 1),
    ],
    ids=[
        "columns",
        "one prediction for four",
        "flat",
        "class weights",
        "as many columns as rows",
        "a constant as long as the batch",
        "size of the batch",
        "column made of the target",
        "pairs by indexing",
        "pairs by expand_dims",
        "pairs by a negated column",
        "the shape of the target alone",
        "pairs without the diagonal",
        "squared distances",
        "pairs of predictions",
    ],
)
def test_what_broadcasts_on_purpose(loss, target_shape, width):
    assert crossed(loss, target_shape, width) == []


def test_what_the_loss_does_not_use_does_not_count():
    def loss(y, p):
        mse(y, p)
        return tf.reduce_mean(p)

    assert crossed(loss, (ROWS,)) == []


def test_a_sum_without_an_axis_that_meets_each_target():
    chosen = tf.constant([[1.0, 0, 0]] * ROWS)
    assert collapsed(lambda y, p: mse(y, tf.reduce_sum(p * chosen)), width=3) == ["Sum"]


def test_a_mean_of_everything_that_meets_each_target():
    assert collapsed(lambda y, p: mse(y, tf.cast(tf.reduce_mean(p), "float32"))) == ["Mean"]


@pytest.mark.parametrize(
    "loss",
    [
        lambda y, p: mse(y, tf.reduce_sum(p, axis=-1)),
        lambda y, p: tf.square(tf.reduce_mean(y) - tf.reduce_mean(p)),
        lambda y, p: tf.reduce_mean(y * p[:, 0]) + tf.reduce_mean(y - tf.reduce_mean(y)),
        lambda y, p: tf.reduce_mean((y - tf.reduce_mean(y)) * (p[:, 0] - tf.reduce_mean(p))),
    ],
    ids=["with an axis", "two means", "a mean of targets", "a covariance"],
)
def test_sums_that_are_meant(loss):
    assert collapsed(loss) == []
