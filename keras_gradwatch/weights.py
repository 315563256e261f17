"""Which weights there are: their names, their layer, their optimizer."""

import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Weight:
    """A weight as the outputs and the rules know it: names and sizes, no tensor.

    Args:
        path: `variable.path`, made unique with `#2` where two weights share one.
        layer: Path of the layer that owns the weight.
        shape: Shape of the weight.
        optimizer: Name of the optimizer that trains it.
    """

    path: str
    layer: str
    shape: tuple[int, ...]
    optimizer: str

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def channels(self) -> int:
        """Number of output channels: the length of the last axis."""
        return self.shape[-1] if self.shape else 1
