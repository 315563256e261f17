"""The statistics on PyTorch, with its own reductions: they add in float64 as they read float32.

No square of a float32 overflows or vanishes in float64, so nothing is divided first, and nothing
waits for the device. `keras.ops` would look at each argument of each operation, which takes longer
than to measure a small gradient.
"""

import itertools
from typing import Any

import torch

from keras_gradwatch.backends.torch import flat

_AXES = (1, 2)
_SIGNS, _EXPONENTS = 2, 256
_WIDTH = _SIGNS * _EXPONENTS
_MANTISSA_BITS = 23


def stack(gradients: list) -> Any:
    """Returns gradients of one shape as a float32 tensor `[weights, rows, channels]`."""
    values = [gradient.detach().to(torch.float32) for gradient in gradients]
    whole = torch.stack(values) if len(values) > 1 else values[0]
    channels = gradients[0].shape[-1] if gradients[0].ndim else 1
    return whole.reshape(len(values), -1, channels)


def compute_statistics(stacks: list, sizes: list[int]) -> tuple[Any, list]:
    """Computes the statistics of all gradients of a step.

    Args:
        stacks: Float32 tensors `[weights, rows, channels]`, of one gradient an entry.
        sizes: Number of elements of the gradients of each stack.

    Returns:
        Float32 tensor `[len(statistics.NAMES), weights]`, and a boolean tensor `[channels of all
        weights]`: the channel has an element that is not 0.
    """
    small, large = _divided(stacks, sizes)
    parts = []
    if small:
        parts.append(flat.statistics(flat.joined(small), flat.places(small), _wide(small[0])))
    if large:
        parts.append(_of_large(large, sizes[len(small) :]))
    measured, alive = zip(*parts, strict=True)
    return torch.cat(measured, 1), torch.cat(alive)


def _divided(stacks, sizes):
    """The small ones that the stacks begin with, and the others."""
    are_small = list(itertools.takewhile(bool, map(flat.is_small, stacks, sizes)))
    return stacks[: len(are_small)], stacks[len(are_small) :]


def _of_large(stacks, sizes):
    """What `compute_statistics` returns, of gradients that are each worth their own operations."""
    nonzero = [one.count_nonzero(1) for one in stacks]
    alive = [count > 0 for count in nonzero]
    columns = zip(*map(_columns, stacks, sizes, nonzero, alive), strict=True)
    measured = torch.stack([torch.cat(column).to(torch.float32) for column in columns])
    return measured, torch.cat([one.reshape(-1) for one in alive])


def change_norms(before: list, after: list, added: list) -> Any:
    """Returns the norm of each weight before its update, and of the update.

    Args:
        before: Groups of weights before the update.
        after: The same after it.
        added: What is known to have been added, which PyTorch never knows.

    Returns:
        Float32 tensor `[2, weights]`.
    """
    before, after = (
        [weight.detach().to(torch.float32) for group in groups for weight in group]
        for groups in (before, after)
    )
    changes = torch._foreach_sub(after, before)
    wide = _wide(before[0])
    norms = [torch._foreach_norm(tensors, dtype=wide) for tensors in (before, changes)]
    return torch.stack([torch.stack(of_all) for of_all in norms]).to(torch.float32)


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
        places = flat.places(small)
        index = _exponents(flat.joined(small)) + _WIDTH * places.weight_of
        parts.append(_bincount(index, places.count))
    for stack in large:
        count = len(stack)
        number = torch.arange(count, device=stack.device)[:, None]
        index = _exponents(stack.contiguous()).reshape(count, -1) + _WIDTH * number
        parts.append(_bincount(index.reshape(-1), count))
    return torch.cat(parts)


def _exponents(values):
    """Sign and exponent of each value."""
    return (values.view(torch.int32) >> _MANTISSA_BITS) & (_WIDTH - 1)


def _bincount(index, weights):
    """Counts of each exponent; `bincount` would wait for a device other than the CPU."""
    size = weights * _WIDTH
    if index.device.type == "cpu":
        counts = index.bincount(minlength=size)
    else:
        counts = index.new_zeros(size).scatter_add_(0, index, torch.ones_like(index))
    return counts.reshape(weights, _SIGNS, _EXPONENTS)


def _columns(stack, size, nonzero, alive):
    """The statistics of one stack, `[weights]` each, in the order of `statistics.NAMES`."""
    total = stack.sum(_AXES, dtype=_wide(stack))
    norm = torch.linalg.vector_norm(stack, 2, _AXES, dtype=_wide(stack))
    mean = total / size
    return (
        norm,
        mean,
        (norm.square() / size - mean.square()).clamp(min=0).sqrt(),
        _max_abs(stack),
        size - nonzero.sum(1),
        alive.logical_not().float().mean(1),
        stack.isfinite().logical_not().sum(_AXES),
    )


def _max_abs(stack):
    """The largest magnitude, 0 where there is none."""
    if not stack.numel():
        return stack.new_zeros(len(stack))
    return torch.maximum(stack.amax(_AXES), -stack.amin(_AXES))


def _wide(tensor):
    """The type to add in; Apple's devices have no float64."""
    return torch.float32 if tensor.device.type == "mps" else torch.float64
