"""Weights that a layer keeps as plain arrays, in a dictionary or a list: nobody trains them.

A table of constants looks the same. What tells weights is how they are used: one array of the
container is multiplied with data, and another one is added to the product, as kernel and bias.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

import jax

from keras_gradwatch.recording import kinds
from keras_gradwatch.recording.graph import Graph

_KEEPS = (kinds.COPY, kinds.RESHAPE, kinds.TRANSPOSE)


@dataclasses.dataclass(frozen=True)
class PlainArray:
    """An array in a container that is an attribute of a layer.

    Args:
        path: Path of the layer, name of the attribute, keys.
        array: The array.
        attribute: The `id` of the attribute's value.
        containers: The containers that it is in, from the outside in.
    """

    path: str
    array: jax.Array
    attribute: int
    containers: tuple[Any, ...]


def of_layer(layer: Any) -> Iterator[PlainArray]:
    """Yields the arrays in the dictionaries and lists of a layer."""
    for name, value in vars(layer).items():
        if not name.startswith("_") and isinstance(value, dict | list | tuple):
            for keys, array, containers in _arrays(value):
                path = f"{layer.path or layer.name}/{name}{keys}"
                yield PlainArray(path, array, id(value), containers)


def _arrays(value: Any, keys: str = "", containers: tuple = ()) -> Iterator[tuple]:
    if isinstance(value, jax.Array) and jax.numpy.issubdtype(value.dtype, jax.numpy.floating):
        yield keys, value, containers
    elif isinstance(value, dict | list | tuple):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from _arrays(item, f"{keys}[{key!r}]", (*containers, value))


def weights(graph: Graph, arrays: dict[int, PlainArray]) -> dict[int, PlainArray]:
    """Returns those that are used as weights, by the number of their value.

    Args:
        graph: The step.
        arrays: The arrays of all layers, by the number of their value.
    """
    found = set()
    for operation in graph.operations:
        if operation.kind == kinds.SUM:
            sides = [_origin(graph, v) for v in operation.inputs]
            added = {arrays[v].attribute for v in sides if v in arrays}
            found |= added & {a for v in sides for a in _factors(graph, arrays, v)}
    return {n: a for n, a in arrays.items() if a.attribute in found and n in graph.read_by}


def _factors(graph, arrays, value) -> set[int]:
    """The attributes that hold a factor of a product."""
    maker = graph.made_by.get(value)
    if maker is None or maker.kind != kinds.PRODUCT:
        return set()
    origins = (_origin(graph, v) for v in maker.inputs)
    return {arrays[v].attribute for v in origins if v in arrays}


def _origin(graph, value) -> int:
    """The value that another one is the same as, but for its shape and type."""
    maker = graph.made_by.get(value)
    while maker is not None and maker.kind in _KEEPS:
        value = maker.inputs[0]
        maker = graph.made_by.get(value)
    return value
