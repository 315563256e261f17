"""The statistics on PyTorch, with its own reductions: they add in float64 as they read float32.

No square of a float32 overflows or vanishes in float64, so nothing is divided first, and nothing
waits for the device. `keras.ops` would look at each argument of each operation, which takes longer
than to measure a small gradient.
"""

from typing import Any

import torch

_AXES = (1, 2)
_SIGNS, _EXPONENTS = 2, 256
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
    return torch.cat([_exponents(stack) for stack in stacks])


def _exponents(stack):
    width, count = _SIGNS * _EXPONENTS, len(stack)
    bits = (stack.contiguous().view(torch.int32) >> _MANTISSA_BITS) & (width - 1)
    index = bits.reshape(count, -1) + width * torch.arange(count, device=stack.device)[:, None]
    counts = _bincount(index.reshape(-1), count * width)
    return counts.reshape(count, _SIGNS, _EXPONENTS)


def _bincount(values, size):
    """Counts of 0 to size - 1; `bincount` would wait for a device other than the CPU."""
    if values.device.type == "cpu":
        return values.bincount(minlength=size)
    return values.new_zeros(size).scatter_add_(0, values, torch.ones_like(values))


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
