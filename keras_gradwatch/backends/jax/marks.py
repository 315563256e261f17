"""Marks in the jaxpr of a train step: where a function that is differentiated begins and ends.

Its arguments go through `SOURCES` and its results through `RESULTS`; the backward pass is one
operation, `GRADIENTS`, of the gradients at the results and of the results.
"""

from collections.abc import Callable

import jax.numpy as jnp
from jax.extend.core import Primitive
from jax.interpreters import batching


class Key:
    """One call of `jax.vjp`: its three marks have the same key.

    Attributes:
        batched: Whether each source is one for each row of a `jax.vmap` around the call.
    """

    def __init__(self):
        self.batched: tuple[bool, ...] = ()


def _mark(name: str, shapes: Callable, batched: Callable) -> Primitive:
    primitive = Primitive(f"gradwatch_{name}")
    primitive.multiple_results = True
    primitive.def_abstract_eval(shapes)
    batching.primitive_batchers[primitive] = batched
    return primitive


def _rows_first(values, axes) -> list:
    pairs = zip(values, axes, strict=True)
    return [v if a is None else jnp.moveaxis(v, a, 0) for v, a in pairs]


def _first_axes(axes) -> list:
    return [a if a is None else 0 for a in axes]


def _batched_sources(values, axes, *, key):
    key.batched = tuple(a is not None for a in axes)
    return SOURCES.bind(*_rows_first(values, axes), key=key), _first_axes(axes)


def _batched_results(values, axes, *, key):
    return RESULTS.bind(*_rows_first(values, axes), key=key), _first_axes(axes)


def _batched_gradients(values, axes, *, key, given):
    """The gradient for each row; where all rows share a source, a share of the sum for each."""
    values = _rows_first(values, axes)
    places = zip(values, axes, strict=True)
    rows = next(len(v) for v, a in places if a is not None)
    batched = key.batched or (False,) * len(given)
    pairs = list(zip(given, batched, strict=True))
    whole = tuple(g.update(shape=(rows, *g.shape)) if own else g for g, own in pairs)
    made = GRADIENTS.bind(*values, key=key, given=whole)
    made = [
        m if own else jnp.broadcast_to(m / rows, (rows, *m.shape))
        for m, (_, own) in zip(made, pairs, strict=True)
    ]
    return made, [0] * len(made)


SOURCES = _mark("sources", lambda *avals, key: list(avals), _batched_sources)
RESULTS = _mark("results", lambda *avals, key: list(avals), _batched_results)
GRADIENTS = _mark("gradients", lambda *avals, key, given: list(given), _batched_gradients)
