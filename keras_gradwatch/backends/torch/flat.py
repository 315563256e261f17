"""Small gradients on PyTorch: one vector of all of them, so that a launch serves all weights."""

import functools
from typing import Any

import torch

from keras_gradwatch.backends.segments import SIZE, Segments


def is_small(stack: Any, size: int) -> bool:
    """Whether a stack of gradients is measured here: it has elements, and few."""
    return 0 < stack[0].numel() == size <= SIZE


def joined(stacks: list) -> Any:
    """All elements of stacks as one vector."""
    return torch.cat([stack.reshape(-1) for stack in stacks])


class Places:
    """`Segments` on a device, with sums over them.

    Args:
        shapes: The shapes `[weights, rows, channels]` of the stacks that a vector is made of.
        device: The device.
    """

    def __init__(self, shapes: tuple, device: Any):
        segments = Segments(shapes)
        self.count = segments.count
        self.weight_of, self._channel_of, self._weight_of_channel = (
            torch.as_tensor(ids, dtype=torch.int64, device=device)
            for ids in (segments.weight_of, segments.channel_of, segments.weight_of_channel)
        )
        self.rows_of_channel, self.channels, self.sizes = (
            torch.as_tensor(numbers, device=device)
            for numbers in (segments.rows_of_channel, segments.channels, segments.sizes)
        )

    def over_rows(self, vectors: Any) -> Any:
        """Sums vectors `[vectors, elements]` over each channel."""
        sums = vectors.new_zeros(len(vectors), len(self._weight_of_channel))
        return sums.index_add_(1, self._channel_of, vectors)

    def over_channels(self, sums: Any) -> Any:
        """Sums rows `[rows, channels]` over each weight."""
        return sums.new_zeros(len(sums), self.count).index_add_(1, self._weight_of_channel, sums)

    def largest(self, vector: Any) -> Any:
        """The largest element of each weight, of elements that are not negative."""
        return vector.new_zeros(self.count).scatter_reduce_(0, self.weight_of, vector, "amax")


@functools.lru_cache(maxsize=64)
def _places(shapes, device) -> Places:
    return Places(shapes, device)


def places(stacks: list) -> Places:
    """The places of what `joined` makes of stacks; made once, as the same step runs again."""
    return _places(tuple(stack.shape for stack in stacks), stacks[0].device)


def statistics(vector: Any, places: Places, wide_type: Any) -> tuple[Any, Any]:
    """Computes the statistics of small gradients.

    Args:
        vector: Float32 vector of all their elements.
        places: What belongs to which weight.
        wide_type: The type to add in.

    Returns:
        The statistics `[len(statistics.NAMES), weights]`, and which channel has an element that is
        not 0.
    """
    wide = vector.to(wide_type)
    conditions = (vector.isfinite().logical_not(), vector == 0)
    vectors = [wide, wide.square(), *(condition.to(wide_type) for condition in conditions)]
    by_channel = places.over_rows(torch.stack(vectors))
    dead = by_channel[3] == places.rows_of_channel
    rows = torch.cat([by_channel, dead[None].to(wide_type)])
    total, squares, nonfinite, zeros, dead_channels = places.over_channels(rows)
    mean, norm = total / places.sizes, squares.sqrt()
    measured = (
        norm,
        mean,
        (squares / places.sizes - mean.square()).clamp(min=0).sqrt(),
        # What is not finite may be lost by a maximum, and never by a sum.
        torch.where(nonfinite > 0, norm, places.largest(vector.abs()).to(wide_type)),
        zeros,
        dead_channels / places.channels,
        nonfinite,
    )
    return torch.stack(measured).to(torch.float32), dead.logical_not()
