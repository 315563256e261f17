"""Which gradients are zero by the structure of a step, whatever the batch, on JAX.

JAX gives a weight that does not reach the loss zeros, where the other backends give `None`. In the
jaxpr of the step such a gradient is a literal 0 that was only brought into shape, and a
gradient that happens to be zero is computed from the batch.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

_KEEP_ZERO = {
    "add",
    "add_any",
    "broadcast_in_dim",
    "convert_element_type",
    "copy",
    "neg",
    "reduce_sum",
    "reshape",
    "sharding_constraint",
    "squeeze",
    "sub",
    "transpose",
}
_CALLS = {"closed_call", "core_call", "jit", "pjit"}


def is_traced(arguments: Any) -> bool:
    """Whether a step is being traced with these arguments, and not run."""
    import jax

    return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(arguments))


def zeros(function: Callable, *arguments) -> list[set[int]]:
    """Finds the structural zeros among what a function returns.

    Args:
        function: Returns lists of arrays. It is traced once, and nothing is computed.
        *arguments: Its arguments.

    Returns:
        For each list the positions of the arrays that are zero whatever the arguments hold.
    """
    import jax

    closed, shapes = jax.make_jaxpr(function, return_shape=True)(*arguments)
    remaining = iter(zeros_of(closed.jaxpr))
    return [
        {i for i, _ in enumerate(arrays) if next(remaining)}  # One answer for each array.
        for arrays in shapes
    ]


def zeros_of(jaxpr) -> list[bool]:
    """Which outputs of a jaxpr are zero whatever its inputs hold."""
    return _zero_outputs(jaxpr, [False] * len(jaxpr.invars))


def _zero_outputs(jaxpr, zero_inputs):
    """Which outputs of a jaxpr are zero, when these of its inputs are."""
    known = {v for v, is_zero in zip(jaxpr.invars, zero_inputs, strict=True) if is_zero}

    def is_zero(atom):
        return not np.any(atom.val) if hasattr(atom, "val") else atom in known

    for equation in jaxpr.eqns:
        made = _zero_results(equation, [is_zero(atom) for atom in equation.invars])
        known.update(v for v, is_made in zip(equation.outvars, made, strict=True) if is_made)
    return [is_zero(atom) for atom in jaxpr.outvars]


def _zero_results(equation, zero_inputs):
    if equation.primitive.name in _CALLS:
        return _zero_outputs(equation.params["jaxpr"].jaxpr, zero_inputs)
    stays = equation.primitive.name in _KEEP_ZERO and all(zero_inputs)
    return [stays] * len(equation.outvars)
