"""Which weights there are: their names, their layer, their optimizer."""

import collections
import dataclasses
import math
import re
from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from typing import Any

from keras_gradwatch.optimizers import UNKNOWN, Settings, settings_of


@dataclasses.dataclass(frozen=True)
class Weight:
    """A weight as the outputs and the rules know it: names and sizes, no tensor.

    Args:
        path: `variable.path`, made unique with `#2` where two weights share one.
        layer: Path of the layer that owns the weight.
        shape: Shape of the weight.
        optimizer: Name of the optimizer that trains it.
        settings: Settings of that optimizer.
        dtype: Type of its elements.
    """

    path: str
    layer: str
    shape: tuple[int, ...]
    optimizer: str
    settings: Settings = UNKNOWN
    dtype: str = "float32"

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def channels(self) -> int:
        """Number of output channels: the length of the last axis."""
        return self.shape[-1] if self.shape else 1


def unique_paths(variables: Iterable) -> dict[int, str]:
    """Returns the path of each variable by `id`; a second one of the same path ends in `#2`.

    Args:
        variables: The variables of a model, in its order.
    """
    times: collections.Counter[str] = collections.Counter()
    paths: dict[int, str] = {}
    for variable in variables:
        if id(variable) not in paths:
            times[variable.path] += 1
            count = times[variable.path]
            paths[id(variable)] = variable.path if count == 1 else f"{variable.path}#{count}"
    return paths


def describe(variable, path: str, optimizer) -> Weight:
    """Returns the description of a variable that `optimizer` trains."""
    layer = path.rpartition("/")[0] or path
    settings = settings_of(optimizer)
    return Weight(path, layer, tuple(variable.shape), optimizer.name, settings, str(variable.dtype))


def selector(weights) -> Callable[[Any], bool]:
    """Returns a function of a variable that says whether it is watched.

    Args:
        weights: `None` for all; a regular expression or a compiled one, searched in
            `variable.path`; or a function of the path.

    Raises:
        ValueError: If `weights` is something else.
    """
    if weights is None:
        return lambda variable: True
    if isinstance(weights, str):
        weights = _compiled(weights)
    if isinstance(weights, re.Pattern):
        return lambda variable: weights.search(variable.path) is not None
    if callable(weights):
        return lambda variable: bool(weights(variable.path))
    raise ValueError(
        "`weights` must be None, a regular expression, or a function of a weight's path. "
        f"Received: weights={weights!r}"
    )


def nearest_paths(pattern: str, paths: Iterable[str], count: int = 3) -> list[str]:
    """Returns the paths that are most like a pattern which matches none.

    Args:
        pattern: The pattern.
        paths: The paths, compared as a whole and name by name.
        count: How many are returned.
    """

    def likeness(path):
        parts = (path, *path.split("/"))
        return max(SequenceMatcher(None, pattern.lower(), p.lower()).ratio() for p in parts)

    return sorted(paths, key=likeness, reverse=True)[:count]


def _compiled(pattern):
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(
            f"`weights` must be a regular expression: {error}. Received: weights={pattern!r}"
        ) from error
