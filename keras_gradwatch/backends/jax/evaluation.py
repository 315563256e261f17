"""A jaxpr with its floating-point numbers in float64."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.extend.core import Literal

from keras_gradwatch.backends.jax import private
from keras_gradwatch.backends.jax.derivatives import is_float

_LOOPS = ("scan", "while", "cond")
"""Their inner jaxprs have their types written into them."""


def widened(closed: Any) -> Callable[..., list]:
    """A jaxpr as a function of float64 arrays.

    Calling it raises a `TypeError` where an operation has its types written into it.
    """

    def run(*arrays) -> list:
        known = dict(zip(closed.jaxpr.invars, arrays, strict=True))
        known.update(zip(closed.jaxpr.constvars, map(_wide, closed.consts), strict=True))

        def read(atom):
            return _wide(np.asarray(atom.val)) if isinstance(atom, Literal) else known[atom]

        for equation in closed.jaxpr.eqns:
            made = _evaluated(equation, [read(atom) for atom in equation.invars])
            known.update(zip(equation.outvars, made, strict=True))
        return [read(atom) for atom in closed.jaxpr.outvars]

    return run


def ancestors(jaxpr: Any, variable: Any) -> set[int]:
    """Numbers of the equations that a variable is made by, directly or not."""
    makers = {v: i for i, equation in enumerate(jaxpr.eqns) for v in equation.outvars}
    found: set[int] = set()
    waiting = [variable]
    while waiting:
        atom = waiting.pop()
        index = None if isinstance(atom, Literal) else makers.get(atom)
        if index is not None and index not in found:
            found.add(index)
            waiting += jaxpr.eqns[index].invars
    return found


def _evaluated(equation: Any, inputs: list) -> list:
    inner = private.inner(equation)
    if inner is not None and equation.primitive.name not in _LOOPS:
        return widened(inner)(*inputs)
    params = {name: _wide_type(value) for name, value in equation.params.items()}
    return private.bind_primitive(equation.primitive, params)(*inputs)


def _wide(array: Any) -> Any:
    return jax.numpy.asarray(array, "float64") if is_float(array) else array


def _wide_type(value: Any) -> Any:
    is_type = isinstance(value, np.dtype | type)
    return np.dtype("float64") if is_type and jax.numpy.issubdtype(value, np.floating) else value
