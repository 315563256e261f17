"""The statistics on JAX, where XLA fuses them into few passes over the gradients."""

from typing import Any

import jax
import jax.numpy as jnp

from keras_gradwatch import statistics

_ROWS_AND_CHANNELS = (1, 2)
_SIGNS, _EXPONENTS = 2, 256
_MANTISSA_BITS = 23


def stack(gradients: list) -> Any:
    """Returns gradients of one shape as a float32 array `[weights, rows, channels]`."""
    whole = jnp.stack(gradients) if len(gradients) > 1 else gradients[0]
    channels = gradients[0].shape[-1] if gradients[0].ndim else 1
    return jnp.reshape(whole.astype("float32"), (len(gradients), -1, channels))


def compute_statistics(stacks: list, sizes: list[int]) -> tuple[Any, list]:
    """Computes the statistics of all gradients of a step.

    Args:
        stacks: Float32 arrays `[weights, rows, channels]`, of one gradient an entry.
        sizes: Number of elements of the gradients of each stack.

    Returns:
        Float32 array `[len(statistics.NAMES), weights]`, and a boolean array `[channels of all
        weights]`: the channel has an element that is not 0.
    """
    parts, alive = zip(*map(_measure, stacks, sizes), strict=True)
    rows = [jnp.concatenate([part[name] for part in parts]) for name in statistics.NAMES]
    return jnp.stack(rows), jnp.concatenate([jnp.reshape(one, -1) for one in alive])


def change_norms(before: list, after: list, added: list) -> Any:
    """Returns the norm of each weight before its update, and of the update.

    Args:
        before: Groups of weights of one shape, before the update.
        after: The same after it.
        added: What is known to have been added, which JAX never knows.

    Returns:
        Float32 array `[2, weights]`.
    """
    stacks = [(stack(old), stack(new)) for old, new in zip(before, after, strict=True)]
    squares = [jnp.stack([_sum_of_squares(old), _sum_of_squares(new - old)]) for old, new in stacks]
    return jnp.sqrt(jnp.concatenate(squares, axis=1))


def count_exponents(stacks: list, sizes: list[int]) -> Any:
    """Counts how often each sign and exponent occurs in each gradient.

    Args:
        stacks: Float32 arrays `[weights, rows, channels]`.
        sizes: Number of elements of the gradients of each stack.

    Returns:
        Integers `[weights, 2, 256]`: positive and negative, by the bits of the exponent.
    """
    return jnp.concatenate([_exponents(stack) for stack in stacks])


def _exponents(stack):
    width, count = _SIGNS * _EXPONENTS, stack.shape[0]
    bits = jax.lax.bitcast_convert_type(stack, jnp.uint32) >> _MANTISSA_BITS
    index = bits.astype("int32") + width * jnp.arange(count, dtype="int32")[:, None, None]
    # The index keeps its axes: flat, all of it would be gathered from the devices.
    counts = jnp.zeros(count * width, "int32").at[index].add(1)
    return jnp.reshape(counts, (count, _SIGNS, _EXPONENTS))


def _measure(stack, size):
    """The statistics of a stack, `[weights]` each by name, and which channels are alive."""
    magnitude = jnp.abs(stack)
    channel_sums = jnp.sum(magnitude, axis=1)
    alive = channel_sums != 0
    nonfinite = _count(~jnp.isfinite(magnitude))
    # A maximum may lose a NaN, a sum never does.
    total, peak = jnp.sum(channel_sums, axis=1), jnp.max(magnitude, _ROWS_AND_CHANNELS, initial=0)
    max_abs = jnp.where(nonfinite > 0, total, peak)
    norm, deviation, mean = _moments(stack, max_abs, nonfinite, size)
    measured = {
        "norm": norm,
        "mean": mean,
        "std": deviation,
        "max_abs": max_abs,
        "zeros": _count(stack == 0) + (size - stack[0].size),
        "dead_fraction": jnp.mean(~alive, axis=1),
        "nonfinite": nonfinite,
    }
    return measured, alive


def _moments(stack, max_abs, nonfinite, size):
    """Norm, deviation and mean of values divided by the largest, so that no square underflows."""
    usable = (nonfinite == 0) & (max_abs > 0)
    scale = jnp.where(usable, max_abs, jnp.ones_like(max_abs))
    scaled = stack / scale[:, None, None]
    mean = jnp.sum(scaled, _ROWS_AND_CHANNELS) / size
    spread = _sum_of_squares(scaled - mean[:, None, None])
    # Both terms are positive: nothing cancels, and the gradient is not read once more.
    squares = spread + size * jnp.square(mean)
    norm = jnp.where(nonfinite > 0, max_abs, jnp.sqrt(squares) * scale)
    return norm, jnp.sqrt(spread / size) * scale, mean * scale


def _sum_of_squares(stack):
    return jnp.sum(jnp.square(stack), _ROWS_AND_CHANNELS)


def _count(condition):
    """Number of true elements of each entry, exact in float32 up to 2**24 a channel."""
    return jnp.sum(jnp.sum(condition.astype("float32"), axis=1), axis=1)
