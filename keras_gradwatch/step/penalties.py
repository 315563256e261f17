"""The penalty of a weight's own regularizer: its gradient, told apart from that of the loss.

A layer that no data reaches has a gradient of 0. With `kernel_regularizer` it has that of the
penalty instead, which looks healthy and says nothing of the data. Whether the penalty is part of
the gradient is seen by whether the step asks the regularizer: a custom step may leave it out.
"""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from keras import ops, regularizers

_FACTORS = {
    regularizers.L1: ("l1",),
    regularizers.L2: ("l2",),
    regularizers.L1L2: ("l1", "l2"),
}
"""The regularizers whose gradient is known, each with the names of its factors."""

_EPSILON = {"float16": 2.0**-10, "bfloat16": 2.0**-7}
"""Machine epsilon of short gradients; longer ones are measured in float32."""

_ROUNDINGS = 8
"""How many roundings of half an epsilon the penalty takes part in.

Three in the backend (its factor, twice its factor times the weight, the loss scale), three here,
one in the sum with the gradient of the loss, and one in the difference.
"""

_lock = threading.Lock()
_listeners: list[set[int]] = []
_originals: dict[type, Any] = {}


@contextlib.contextmanager
def listening() -> Iterator[set[int]]:
    """A scope that notes the `id` of each regularizer that is asked for its penalty."""
    asked: set[int] = set()
    with _lock:
        if not _listeners:
            for kind in _FACTORS:
                _originals[kind] = vars(kind)["__call__"]
                setattr(kind, "__call__", _noting(_originals[kind]))  # noqa: B010 - for the types
        _listeners.append(asked)
    try:
        yield asked
    finally:
        with _lock:
            _listeners[:] = [listener for listener in _listeners if listener is not asked]
            if not _listeners:
                for kind, original in _originals.items():
                    setattr(kind, "__call__", original)  # noqa: B010 - for the types


def of_variable(variable: Any, asked: set[int]) -> Any:
    """Returns the regularizer whose penalty is in the gradient of a variable, and is known.

    Args:
        variable: The variable.
        asked: The regularizers that the step has asked so far, from `listening`.

    Returns:
        The regularizer, or `None`.
    """
    is_asked = is_known(variable) and id(variable.regularizer) in asked
    return variable.regularizer if is_asked else None


def is_known(variable: Any) -> bool:
    """Whether a variable has a regularizer whose penalty can be told apart."""
    return type(getattr(variable, "regularizer", None)) in _FACTORS


def is_unknown(variable: Any) -> bool:
    """Whether a variable has a regularizer whose penalty is not told apart."""
    regularizer = getattr(variable, "regularizer", None)
    return regularizer is not None and type(regularizer) not in _FACTORS


def gradient(regularizer: Any, value: Any) -> Any:
    """Returns the gradient of a penalty.

    Args:
        regularizer: One that `of_variable` returned.
        value: Value of the variable before the update.
    """
    value = ops.cast(value, "float32")
    slopes = {"l1": ops.sign, "l2": lambda value: 2 * value}
    return sum(
        ops.cast(getattr(regularizer, name), "float32") * slopes[name](value)
        for name in _FACTORS[type(regularizer)]
    )


def take_out(whole: Any, penalty: Any, dtype: str) -> tuple[Any, Any]:
    """Takes the gradients of penalties out of the gradients that the optimizer is given.

    Args:
        whole: Float32 tensor `[weights, rows, channels]`, the gradients of loss and penalty.
        penalty: The same of the penalty alone.
        dtype: Type in which the backend added the two.

    Returns:
        The gradients of the loss, exactly 0 where nothing is left but rounding, and for each weight
        the norm of the penalty's gradient over that of the whole, `[weights]`.
    """
    rounding = _ROUNDINGS / 2 * _EPSILON.get(dtype, 2.0**-23)
    rest = whole - penalty
    is_rounding = ops.abs(rest) <= rounding * ops.abs(penalty)
    return ops.where(is_rounding, ops.zeros_like(rest), rest), _share(penalty, whole)


def _share(penalty, whole):
    """The quotient of two norms; what is divided by its largest element has no square too small."""
    axes = (1, 2)
    largest = ops.max(ops.maximum(ops.abs(whole), ops.abs(penalty)), axes, keepdims=True)
    largest = ops.where(largest > 0, largest, ops.ones_like(largest))
    squares = [ops.sum(ops.square(one / largest), axes) for one in (penalty, whole)]
    # Without a weight there is no penalty, whether or not there is a gradient.
    return ops.where(squares[0] > 0, ops.sqrt(squares[0] / squares[1]), ops.zeros_like(squares[0]))


def _noting(original):
    def call(self, *args, **kwargs):
        for asked in list(_listeners):
            asked.add(id(self))
        return original(self, *args, **kwargs)

    return call
