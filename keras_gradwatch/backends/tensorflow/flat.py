"""Small gradients on TensorFlow: one vector of all of them, with segments that are known before.

A small gradient costs the launch of operations, not memory: here a few operations serve all
weights. Sums are in float64, in which no square of a float32 vanishes or overflows, and in which
nothing is lost when the mean is taken out afterwards.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_gradwatch.backends import segments


class Segments(segments.Segments):
    """Segments with sums over them."""

    def over_rows(self, *vectors: Any) -> Any:
        """Sums vectors over each channel, `[vectors, channels]`."""
        return _sums(tf.concat(vectors, 0), self.channel_of, len(vectors))

    def over_channels(self, sums: Any) -> Any:
        """Sums rows `[rows, channels]` over each weight, `[rows, weights]`."""
        return _sums(tf.reshape(sums, (-1,)), self.weight_of_channel, sums.shape[0])

    def largest(self, vector: Any) -> Any:
        """The largest element of each weight."""
        count = len(self.weight_of_channel)
        by_channel = tf.math.unsorted_segment_max(vector, self.channel_of, count)
        return tf.math.unsorted_segment_max(by_channel, self.weight_of_channel, self.count)


def _sums(joined, segment_of, times):
    """Sums of vectors of the same segments that follow one another, `[times, segments]`."""
    count = segment_of[-1] + 1
    ids = np.concatenate([segment_of + i * count for i in range(times)])
    return tf.reshape(tf.math.unsorted_segment_sum(joined, ids, times * count), (times, count))


def is_small(stack: Any, size: int) -> bool:
    """Whether a stack of gradients is measured here: all of its elements are there, and few."""
    _, rows, channels = stack.shape
    return rows is not None and 0 < rows * channels == size <= segments.SIZE


def joined(tensors: list) -> Any:
    """All elements of tensors as one vector."""
    vectors = [tf.reshape(tensor, (-1,)) for tensor in tensors]
    return tf.concat(vectors, 0) if len(vectors) > 1 else vectors[0]


def norms(vectors: list, places: Segments) -> Any:
    """Returns the norms of the weights in float32 vectors, `[vectors, weights]`."""
    squares = [tf.square(tf.cast(vector, "float64")) for vector in vectors]
    sums = places.over_channels(places.over_rows(*squares))
    return tf.cast(tf.sqrt(sums), "float32")


def statistics(vector: Any, places: Segments) -> tuple[dict[str, Any], Any]:
    """Computes the statistics of small gradients.

    Args:
        vector: Float32 vector of all their elements.
        places: What belongs to which weight.

    Returns:
        The statistics by name, float64 `[weights]` each, and which channel has an element that is
        not 0.
    """
    wide = tf.cast(vector, "float64")
    conditions = [~tf.math.is_finite(vector), tf.equal(vector, 0.0)]
    counted = [tf.cast(condition, "float64") for condition in conditions]
    by_channel = places.over_rows(wide, tf.square(wide), *counted)
    alive = by_channel[3] < places.rows_of_channel
    dead = tf.cast(~alive, "float64")[None]
    sums = places.over_channels(tf.concat([by_channel, dead], 0))
    total, squares, nonfinite, zeros, dead = tf.unstack(sums)
    size = places.sizes.astype("float64")
    mean, norm = total / size, tf.sqrt(squares)
    largest = tf.cast(places.largest(tf.abs(vector)), "float64")
    measured = {
        "norm": norm,
        "mean": mean,
        "std": tf.sqrt(tf.nn.relu(squares / size - tf.square(mean))),
        # A maximum may lose a NaN, a sum never does.
        "max_abs": tf.where(nonfinite > 0, norm, largest),
        "zeros": zeros,
        "dead_fraction": dead / places.channels,
        "nonfinite": nonfinite,
    }
    return measured, alive
