"""One operation of JAX as a function of arrays: its values and, on its own, its backward pass."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax.extend.core import jaxpr_as_fun

from keras_gradwatch.backends.jax import private
from keras_gradwatch.backends.jax.structural_zeros import zeros_of


def is_float(array) -> bool:
    """Whether a value is of a floating-point type."""
    return jax.numpy.issubdtype(array.dtype, jax.numpy.inexact)


class Derivative:
    """What an operation computes, and what it gives back to its inputs.

    Args:
        function: A function of arrays that returns a list of arrays.
        gives_zeros: Whether a derivative that is 0 by definition counts as a gradient of zeros,
            and not as no gradient: JAX makes no difference between the two.
    """

    runs_on_host = False

    def __init__(self, function: Callable[..., list], gives_zeros: bool = False):
        self.forward = function
        self._gives_zeros = gives_zeros
        self._known: dict[tuple, Any] = {}

    def backward(
        self, inputs: Sequence, outputs: Sequence, cotangents: Sequence, wanted: tuple[int, ...]
    ) -> list:
        """Returns the gradients of some inputs, `None` for no gradient.

        Args:
            inputs: The inputs.
            outputs: What it made of them.
            cotangents: The gradient at each output, `None` for none.
            wanted: Positions of the inputs.
        """
        given = tuple(i for i, c in enumerate(cotangents) if c is not None)
        passed = [cotangents[i] for i in given]
        if (given, wanted) not in self._known:
            self._known[given, wanted] = self._derived(inputs, passed, given, wanted)
        run, is_zero = self._known[given, wanted]
        found = run(*inputs, *passed)
        return [None if z else g for g, z in zip(found, is_zero, strict=True)]

    def _derived(self, inputs, passed, given, wanted) -> tuple[Callable, list[bool]]:
        """The backward pass, and which gradients are zero by definition."""
        pull = self.pulled(len(inputs), given, wanted)
        closed = jax.make_jaxpr(pull)(*inputs, *passed)
        is_zero = [False] * len(wanted) if self._gives_zeros else zeros_of(closed.jaxpr)
        return jaxpr_as_fun(closed), is_zero

    def pulled(self, count: int, given: tuple, wanted: tuple) -> Callable[..., Sequence]:
        """The gradients of some inputs, as a function of all inputs and of given cotangents.

        Args:
            count: Number of inputs.
            given: Positions of the outputs that have a cotangent.
            wanted: Positions of the inputs.
        """

        def backward(*arrays):
            inputs, passed = list(arrays[:count]), list(arrays[count:])

            def part(*chosen):
                for i, value in zip(wanted, chosen, strict=True):
                    inputs[i] = value
                made = self.forward(*inputs)
                return [made[i] for i in given]

            _, pull = jax.vjp(part, *(inputs[i] for i in wanted))
            return pull(passed)

        return backward


class Custom(Derivative):
    """A function with a derivative of the user's: what that says counts, also where it is zero.

    Args:
        equation: A `custom_vjp_call` or a `custom_jvp_call`.
    """

    def __init__(self, equation: Any):
        super().__init__(private.bind(equation), gives_zeros=True)
        self.equation = equation

    def _derived(self, inputs, passed, given, wanted) -> tuple[Callable, list[bool]]:
        run, _ = super()._derived(inputs, passed, given, wanted)
        nothing = self.without_gradient(inputs)
        return run, [i in nothing for i in wanted]

    def without_gradient(self, inputs: Sequence) -> set[int]:
        """The inputs for which the user's function says `None`."""
        backward, found = self.backward_function(len(inputs)), []
        if backward is None:
            return set()
        avals = [variable.aval for variable in self.equation.outvars]
        passed = [np.zeros(aval.shape, aval.dtype) for aval in avals]

        def run(*arrays):
            found.extend(backward(*arrays))
            return ()

        jax.eval_shape(run, *inputs, *passed)
        return {i for i, gradient in enumerate(found) if gradient is None}

    def backward_function(self, count: int) -> Callable[..., list] | None:
        """The user's function for the backward pass, `None` where it is not written as one.

        Args:
            count: Number of inputs.
        """
        params = self.equation.params
        return private.backward_of(params, count) if "bwd" in params else None


class Unstack:
    """Takes an array apart along its first axis, as a scan does with what it reads."""

    runs_on_host = True

    def forward(self, array) -> list:
        """Its items."""
        if jax.dtypes.issubdtype(array.dtype, jax.dtypes.extended):
            return [array[i] for i in range(len(array))]
        return list(np.asarray(array))

    def backward(self, inputs, outputs, cotangents, wanted) -> list:
        """See `Derivative`."""
        zero = np.zeros(inputs[0].shape[1:], inputs[0].dtype)
        return [np.stack([zero if c is None else np.asarray(c) for c in cotangents])]


class Stack:
    """Puts arrays together along a new first axis, as a scan does with what it makes."""

    runs_on_host = True

    def forward(self, *arrays) -> list:
        """The one array."""
        if jax.dtypes.issubdtype(arrays[0].dtype, jax.dtypes.extended):
            return [jax.numpy.stack(arrays)]
        return [np.stack([np.asarray(a) for a in arrays])]

    def backward(self, inputs, outputs, cotangents, wanted) -> list:
        """See `Derivative`."""
        rows = np.asarray(cotangents[0])
        return [rows[i] for i in wanted]


class Same:
    """Hands values on under new numbers.

    Args:
        passes: Whether it hands gradients back.
    """

    runs_on_host = False

    def __init__(self, passes: bool):
        self._passes = passes

    def forward(self, *arrays) -> list:
        """The same values."""
        return list(arrays)

    def backward(self, inputs, outputs, cotangents, wanted) -> list:
        """See `Derivative`."""
        return [cotangents[i] if self._passes else None for i in wanted]


SAME = Same(passes=True)
STOPPED = Same(passes=False)


class Opaque:
    """Code that JAX does not look into: it has no derivative.

    Args:
        function: A function of arrays that returns a list of arrays.
    """

    runs_on_host = False

    def __init__(self, function: Callable[..., list]):
        self.forward = function

    def backward(self, inputs, outputs, cotangents, wanted) -> list:
        """See `Derivative`."""
        return [None for _ in wanted]
