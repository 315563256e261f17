"""Puts weights that share a fault into one finding per layer, and words it."""

from collections.abc import Iterator

import numpy as np

from keras_gradwatch.monitor.window import Window


def by_layer(window: Window, concerned: np.ndarray) -> Iterator[tuple[str, list[int]]]:
    """Gives each layer that has concerned weights, with their positions.

    Args:
        window: What has been measured so far.
        concerned: Boolean `[weights]`.
    """
    layers: dict[str, list[int]] = {}
    for i in np.flatnonzero(concerned):
        layers.setdefault(window.weights[i].layer, []).append(int(i))
    yield from layers.items()


def paths(window: Window, positions: list[int]) -> tuple[str, ...]:
    """Returns the paths of the weights at some positions."""
    return tuple(window.weights[i].path for i in positions)


def named(window: Window, positions: list[int]) -> str:
    """Returns the weights at some positions as words: path and shape of each."""
    return ", ".join(f"{window.weights[i].path} {window.weights[i].shape}" for i in positions)


def verb(positions: list[int], one: str, several: str) -> str:
    """Returns the form of a verb that goes with as many weights."""
    return one if len(positions) == 1 else several


def number(value: float) -> str:
    """Returns a positive number as one reads it: 1.5, 34, 10,000; a very large one as 1.2e+09."""
    if value >= 1e6:
        return f"{value:.1e}"
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
