"""The statistics on TensorFlow, in half the passes, as long as the gradients are ordinary numbers.

`statistics.measure` divides a gradient by its largest element first, so that no square vanishes or
overflows, and counts what is not finite. Few gradients need that. Here each one is reduced as it
is, and one condition a step asks if all the results can be trusted; if not, everything is measured
once more, with care.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_gradwatch import statistics

CENTERED_SIZE = 2**16
"""Up to this size the mean is subtracted before squaring: one pass more, and an exact deviation.

The deviation of a larger gradient is the difference of two sums; it loses digits where the mean is
a hundred times as large.
"""

SMALLEST_NORM = 1e-12
"""The sum of squares of a smaller norm may lack squares below 1.2e-38, the smallest float32."""

_AXES = (1, 2)


def measure(stacks: list, sizes: list[int]) -> tuple[Any, list]:
    """Computes the statistics of all gradients of a step.

    Args:
        stacks: Float32 tensors `[weights, rows, channels]`, of one gradient an entry.
        sizes: Number of elements of the gradients of each stack; those that are not in it are zero.

    Returns:
        Float32 tensor `[len(statistics.NAMES), weights]`, and for each stack a boolean tensor
        `[weights, channels]`: the channel has an element that is not 0.
    """
    nonzero = [_nonzero_by_channel(stack) for stack in stacks]
    fast = _finish(_joined(_sums, stacks, sizes, nonzero), _by_weight(stacks, sizes))
    is_tiny = (fast["norm"] < SMALLEST_NORM) & (fast["max_abs"] > 0)
    is_trusted = tf.reduce_all(tf.math.is_finite(fast["norm"]) & ~is_tiny)
    measured = tf.cond(
        is_trusted,
        lambda: _stacked(fast),
        lambda: _stacked(_careful(stacks, sizes, nonzero, fast)),
    )
    return measured, [tf.not_equal(count, 0) for count in nonzero]


def _nonzero_by_channel(stack):
    """Number of elements that are not 0, NaN where one is not finite, `[weights, channels]`.

    The product with ones adds the rows in a third of the time of a sum.
    """
    ones = tf.ones((stack.shape[0], 1, _rows(stack)))
    return tf.squeeze(tf.matmul(ones, tf.math.divide_no_nan(stack, stack)), 1)


def _sums(stack, size, nonzero):
    """What is read off the gradients of a stack, `[sums, weights]`: each sum is one pass."""
    total = tf.reduce_sum(stack, _AXES, keepdims=True)
    if size <= CENTERED_SIZE:
        squares = tf.reduce_sum(tf.square(stack - total / size), _AXES)
    else:
        squares = 2 * tf.nn.l2_loss(stack)[None]
    highest, lowest = tf.reduce_max(stack, _AXES), tf.reduce_min(stack, _AXES)
    dead = tf.reduce_mean(tf.cast(tf.equal(nonzero, 0), "float32"), 1)
    inside = tf.fill(stack.shape[:1], tf.cast(_rows(stack) * stack.shape[2], "float32"))
    return tf.stack(
        [tf.reshape(total, [-1]), squares, highest, lowest, tf.reduce_sum(nonzero, 1), dead, inside]
    )


def _finish(sums, size):
    """The statistics from the sums, `[weights]` each."""
    total, squares, highest, lowest, nonzero, dead, inside = tf.unstack(sums)
    is_centered, size = tf.constant(size <= CENTERED_SIZE), tf.constant(size, "float32")
    mean = total / size
    # Both terms are positive: nothing cancels.
    centered = squares + (size - inside) * tf.square(mean)
    spread = tf.where(is_centered, centered, tf.nn.relu(squares - size * tf.square(mean)))
    squares = tf.where(is_centered, centered + size * tf.square(mean), squares)
    return {
        "norm": tf.sqrt(squares),
        "mean": tf.where(tf.equal(squares, 0), 0.0, mean),  # A subnormal number is a zero.
        "std": tf.sqrt(spread / size),
        "max_abs": tf.maximum(tf.maximum(highest, -lowest), 0),
        "zero_fraction": 1 - nonzero / size,
        "dead_fraction": dead,
        "nonfinite": tf.zeros_like(total),
    }


def _careful(stacks, sizes, nonzero, fast):
    """The statistics of gradients divided by their largest element, with what is not finite."""
    present, nonfinite, magnitude = tf.unstack(_joined(_counts, stacks))
    usable = (nonfinite == 0) & (fast["max_abs"] > 0)
    scale = tf.where(usable, fast["max_abs"], tf.ones_like(magnitude))
    scales = tf.split(tf.reshape(scale, (-1, 1, 1)), [stack.shape[0] for stack in stacks])
    scaled = [stack / one for stack, one in zip(stacks, scales, strict=True)]
    size = _by_weight(stacks, sizes)
    of_scaled = _finish(_joined(_sums, scaled, sizes, nonzero), size)
    exact = {name: of_scaled[name] * scale for name in ("norm", "mean", "std", "max_abs")}
    # A maximum may lose a NaN, a sum never does.
    peaks = {name: tf.where(usable, exact[name], magnitude) for name in ("norm", "max_abs")}
    counts = {"zero_fraction": 1 - present / size, "nonfinite": nonfinite}
    return fast | exact | peaks | counts


def _counts(stack):
    """How many elements are not 0, how many not finite, and the sum of the absolute values."""
    present, nonfinite = tf.not_equal(stack, 0), ~tf.math.is_finite(stack)
    counts = [tf.reduce_sum(tf.cast(these, "float32"), _AXES) for these in (present, nonfinite)]
    return tf.stack([*counts, tf.reduce_sum(tf.abs(stack), _AXES)])


def _rows(stack):
    """Number of rows; those of an embedding that a batch reads are known when the step runs."""
    return stack.shape[1] if stack.shape[1] is not None else tf.shape(stack)[1]


def _joined(measure, *arguments):
    """What a function says of each stack, for all weights: `[..., weights]`."""
    return tf.concat([measure(*of_stack) for of_stack in zip(*arguments, strict=True)], axis=1)


def _by_weight(stacks, sizes):
    return np.repeat(sizes, [stack.shape[0] for stack in stacks]).astype("float32")


def _stacked(measured):
    return tf.stack([measured[name] for name in statistics.NAMES])
