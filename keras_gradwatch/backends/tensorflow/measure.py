"""The statistics on TensorFlow, in half the passes, as long as the gradients are ordinary numbers.

Small gradients are measured in `flat.py`, all together; here are the others.

A gradient is divided by its largest element first where a square would vanish or overflow, and
what is not finite is counted. Few gradients need that. Here each one is reduced as it
is, and one condition a step asks if all the results can be trusted; if not, everything is measured
once more, with care. Each operation costs time to trace: constants are shared, and what can be done
for all weights at once is.
"""

import functools
import itertools
import math
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gradwatch import statistics
from keras_gradwatch.backends.tensorflow import flat

CENTERED_SIZE = 2**16
"""Up to this size the mean is subtracted before squaring: one pass more, and an exact deviation.

The deviation of a larger gradient is the difference of two sums; it loses digits where the mean is
a hundred times as large.
"""

SMALLEST_NORM = 1e-12
"""The sum of squares of a smaller norm may lack squares below 1.2e-38, the smallest float32."""

_AXES = (1, 2)
_SIGNS, _EXPONENTS = 2, 256
_WIDTH = _SIGNS * _EXPONENTS
_MANTISSA_BITS = 23


def stack(gradients: list) -> Any:
    """Returns gradients of one shape as a float32 tensor `[weights, rows, channels]`.

    One gradient is not copied. A `tf.IndexedSlices` gives the rows that the batch touched.
    """
    if isinstance(gradients[0], tf.IndexedSlices):
        gradients = [_sum_repeated(one.values, one.indices) for one in gradients]
    whole = tf.stack(gradients) if len(gradients) > 1 else tf.convert_to_tensor(gradients[0])
    shape = gradients[0].shape
    channels = shape[-1] if len(shape) else 1
    return tf.reshape(tf.cast(whole, "float32"), (len(gradients), -1, channels))


def compute_statistics(stacks: list, sizes: list[int]) -> tuple[Any, list]:
    """Computes the statistics of all gradients of a step.

    Args:
        stacks: Float32 tensors `[weights, rows, channels]`, of one gradient an entry.
        sizes: Number of elements of the gradients of each stack; those that are not in it are zero.

    Returns:
        Float32 tensor `[len(statistics.NAMES), weights]`, and a boolean tensor `[channels of all
        weights]`: the channel has an element that is not 0.
    """
    small, large = _divided(stacks, sizes)
    parts = []
    if small:
        measured, alive = flat.statistics(flat.joined(small), _segments(small))
        parts.append((tf.cast(_stacked(measured), "float32"), alive))
    if large:
        parts.append(_of_large(large, sizes[len(small) :]))
    columns, flags = zip(*parts, strict=True)
    return tf.concat(columns, 1), tf.concat(flags, 0)


def _divided(stacks, sizes):
    """The small ones that the stacks begin with, and the others."""
    are_small = list(itertools.takewhile(bool, map(flat.is_small, stacks, sizes)))
    return stacks[: len(are_small)], stacks[len(are_small) :]


def _segments(stacks):
    return flat.Segments([stack.shape for stack in stacks])


def _of_large(stacks, sizes):
    """What `compute_statistics` returns, of gradients that are each worth their own operations."""
    nonzero, alive = _nonzero_by_channel(stacks)
    size = _by_weight(stacks, sizes)
    inside = _inside(stacks)
    shares = _shares(stacks, nonzero, alive, size - inside)
    finish = functools.partial(_finish, size, inside, shares)
    fast = finish(_sums(stacks, sizes))
    is_tiny = (fast["norm"] < SMALLEST_NORM) & (fast["max_abs"] > 0)
    is_trusted = tf.reduce_all(tf.math.is_finite(fast["norm"]) & ~is_tiny)
    measured = tf.cond(
        is_trusted,
        lambda: _stacked(fast),
        lambda: _stacked(_careful(stacks, sizes, fast, finish)),
    )
    return measured, tf.concat([tf.reshape(one, (-1,)) for one in alive], 0)


def change_norms(before: list, after: list, added: list) -> Any:
    """Returns the norm of each weight before its update, and of the update.

    Args:
        before: Groups of weights of one shape, before the update.
        after: The same after it; a group is read only where something of `added` is not known.
        added: For each weight what was added to it, or `None`.

    Returns:
        Float32 tensor `[2, weights]`.
    """
    old, change = [stack(weights) for weights in before], []
    for weights, new, known in zip(old, after, added, strict=True):
        is_known = all(one is not None for one in known)
        change.append(stack(known) if is_known else stack(new) - weights)
    small, large = _divided(old, [math.prod(weights.shape[1:]) for weights in old])
    norms = []
    if small:
        vectors = [flat.joined(small), flat.joined(change[: len(small)])]
        norms.append(flat.norms(vectors, _segments(small)))
    if large:
        pairs = zip(large, change[len(small) :], strict=True)
        squares = [tf.stack([_sum_of_squares(one) for one in pair]) for pair in pairs]
        norms.append(tf.sqrt(tf.concat(squares, 1)))
    return tf.concat(norms, 1)


def count_exponents(stacks: list, sizes: list[int]) -> Any:
    """Counts how often each sign and exponent occurs in each gradient.

    Args:
        stacks: Float32 tensors `[weights, rows, channels]`.
        sizes: Number of elements of the gradients of each stack.

    Returns:
        Integers `[weights, 2, 256]`: positive and negative, by the bits of the exponent.
    """
    small, large = _divided(stacks, sizes)
    parts = []
    if small:
        segments = _segments(small)
        index = _exponents(flat.joined(small)) + _WIDTH * segments.weight_of
        parts.append(_bincount(index, segments.count))
    for stack in large:
        index, count = tf.reshape(_exponents(stack), (stack.shape[0], -1)), stack.shape[0]
        if count > 1:
            index += _WIDTH * tf.range(count)[:, None]
        parts.append(_bincount(tf.reshape(index, (-1,)), count))
    return tf.concat(parts, 0)


def _exponents(values):
    """Sign and exponent of each value; the shift of an unsigned number brings in zeros."""
    bits = tf.bitwise.right_shift(tf.bitcast(values, "uint32"), _MANTISSA_BITS)
    return tf.bitcast(bits, "int32")


def _bincount(index, weights):
    none = tf.zeros((0,), "int32")  # XLA must know the size while it compiles.
    counts = tf.raw_ops.DenseBincount(
        input=index, size=weights * _WIDTH, weights=none, binary_output=False
    )
    return tf.reshape(counts, (weights, _SIGNS, _EXPONENTS))


def _sum_repeated(values, indices):
    """Sums the rows that have one index; the rows that become free are zero, at the end."""
    order = tf.argsort(indices)
    indices = tf.gather(indices, order)
    is_new = tf.concat([indices[:1] * 0, tf.cast(indices[1:] != indices[:-1], indices.dtype)], 0)
    rows = tf.shape(values)[0]
    return tf.math.unsorted_segment_sum(tf.gather(values, order), tf.cumsum(is_new), rows)


def _sum_of_squares(stack):
    """Sum of the squares of each entry of a stack; of a single one in one pass."""
    if stack.shape[0] == 1:
        return 2 * tf.nn.l2_loss(stack)[None]
    return tf.reduce_sum(tf.square(stack), _AXES)


def _nonzero_by_channel(stacks):
    """For each stack the number of elements that are not 0, `[weights, channels]`, and if any is.

    The product with ones adds the rows in a third of the time of a sum. What is not finite makes
    the number NaN, which is not 0 either.
    """
    ratios = [tf.math.divide_no_nan(stack, stack) for stack in stacks]
    counts = [tf.squeeze(tf.matmul(tf.ones((1, 1, _rows(r))), r), 1) for r in ratios]
    zero = tf.constant(0.0)
    return counts, [tf.not_equal(count, zero) for count in counts]


def _shares(stacks, nonzero, alive, outside):
    """The number of zeros and the dead fraction of all weights, `[weights]` each.

    The difference is taken for each channel: it is exact where the sum over all is not.
    """
    axis = tf.constant(1)
    rows = [tf.cast(_rows(stack), "float32") for stack in stacks]
    zeros = [tf.reduce_sum(n - count, axis) for n, count in zip(rows, nonzero, strict=True)]
    dead = [tf.reduce_mean(tf.cast(~channels, "float32"), axis) for channels in alive]
    return {"zeros": tf.concat(zeros, 0) + outside, "dead_fraction": tf.concat(dead, 0)}


def _sums(stacks, sizes):
    """What is read off the gradients, `[sums, weights]`: each sum is one pass through memory."""
    axes, one = tf.constant(_AXES), tf.constant((1,))
    parts = []
    for stack, size in zip(stacks, sizes, strict=True):
        total = tf.reduce_sum(stack, axes)
        if size <= CENTERED_SIZE:
            mean = tf.reshape(total / size, (-1, 1, 1))
            squares = tf.reduce_sum(tf.square(stack - mean), axes)
        else:
            squares = tf.reshape(tf.nn.l2_loss(stack), one)  # Half of the sum.
        highest, lowest = tf.reduce_max(stack, axes), tf.reduce_min(stack, axes)
        parts.append(tf.stack([total, squares, highest, lowest]))
    return tf.concat(parts, 1)


def _finish(size, inside, shares, sums):
    """The statistics from the sums, `[weights]` each."""
    total, squares, highest, lowest = tf.unstack(sums)
    is_centered = size <= CENTERED_SIZE
    squares *= np.where(is_centered, 1, 2).astype("float32")
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
        "nonfinite": tf.zeros_like(total),
        **shares,
    }


def _careful(stacks, sizes, fast, finish):
    """The statistics of gradients divided by their largest element, with what is not finite."""
    zeros, nonfinite, magnitude = tf.unstack(_counts(stacks))
    usable = (nonfinite == 0) & (fast["max_abs"] > 0)
    scale = tf.where(usable, fast["max_abs"], tf.ones_like(magnitude))
    scales = tf.split(tf.reshape(scale, (-1, 1, 1)), [stack.shape[0] for stack in stacks])
    scaled = [stack / one for stack, one in zip(stacks, scales, strict=True)]
    of_scaled = finish(_sums(scaled, sizes))
    exact = {name: of_scaled[name] * scale for name in ("norm", "mean", "std", "max_abs")}
    # A maximum may lose a NaN, a sum never does.
    peaks = {name: tf.where(usable, exact[name], magnitude) for name in ("norm", "max_abs")}
    zeros += _by_weight(stacks, sizes) - _inside(stacks)
    return fast | exact | peaks | {"zeros": zeros, "nonfinite": nonfinite}


def _counts(stacks):
    """How many elements are 0, how many not finite, and the sum of the absolute values."""
    axes, zero = tf.constant(_AXES), tf.constant(0.0)
    parts = []
    for stack in stacks:
        is_zero, nonfinite = tf.equal(stack, zero), ~tf.math.is_finite(stack)
        counts = [tf.reduce_sum(tf.cast(these, "float32"), axes) for these in (is_zero, nonfinite)]
        parts.append(tf.stack([*counts, tf.reduce_sum(tf.abs(stack), axes)]))
    return tf.concat(parts, 1)


def _rows(stack):
    """Number of rows; those of an embedding that a batch reads are known when the step runs."""
    return stack.shape[1] if stack.shape[1] is not None else tf.shape(stack)[1]


def _inside(stacks):
    """How many elements of each gradient are in its stack, `[weights]`."""
    counts = [_rows(stack) * stack.shape[2] for stack in stacks for _ in range(stack.shape[0])]
    return tf.cast(tf.stack(counts), "float32")


def _by_weight(stacks, sizes):
    return np.repeat(sizes, [stack.shape[0] for stack in stacks]).astype("float32")


def _stacked(measured):
    return tf.stack([measured[name] for name in statistics.NAMES])
