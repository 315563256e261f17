"""What an optimizer adds to a weight, read off the graph that TensorFlow traces.

The difference of a weight after and before the update needs a copy of the weight, and three passes
through memory. Most optimizers end in an operation that adds the update to the weight: there the
update is an input of that operation, and no copy is made.
"""

from typing import Any

import keras
import tensorflow as tf

_SIGNS = {"AssignAddVariableOp": 1, "AssignSubVariableOp": -1}
_READS = ("ReadVariableOp", "ResourceGather")
_ROUNDED_LITTLE = ("float32", "float64")
"""A weight of half precision loses much of an update to rounding: there the difference counts.

A float32 loses what is below 6e-8 of it: an update ratio that small is what was asked for, and not
what arrived.
"""


class Updates:
    """Sees what is added to variables while a graph is traced, from its making on.

    Args:
        variables: The variables, by their position.
    """

    def __init__(self, variables: dict[int, Any]):
        self._handles = {position: _handle(variable) for position, variable in variables.items()}
        self._earlier = {position: _users(handle) for position, handle in self._handles.items()}

    def added(self) -> dict[int, Any]:
        """Returns what was added, by position, of the variables that nothing else wrote to.

        What was taken away by one operation is returned as it is: to turn its sign costs a pass
        through memory, and its size is the same.
        """
        sums = {
            position: _sum(_users(handle) - self._earlier[position])
            for position, handle in self._handles.items()
        }
        return {position: total for position, total in sums.items() if total is not None}


def value_of(variable: Any) -> Any:
    """The value of now: a reference, which is copied only when the variable is written to."""
    if not _is_resource(variable):
        return keras.ops.copy(variable)
    return read(variable.value)


def read(variable: Any) -> Any:
    """The value of a variable of TensorFlow's, read now."""
    return tf.raw_ops.ReadVariableOp(resource=variable.handle, dtype=variable.dtype)


def _is_resource(variable):
    """Whether a variable is one `tf.Variable`, and not one for each replica."""
    return hasattr(variable.value, "handle") and not hasattr(variable.value, "values")


def _handle(variable):
    """The variable as the graph that is traced now knows it, or `None` where there is none."""
    if not _is_resource(variable) or variable.value.dtype.name not in _ROUNDED_LITTLE:
        return None
    graph = tf.compat.v1.get_default_graph()
    return graph.capture(variable.value.handle) if tf.inside_function() else None


def _users(handle):
    return set() if handle is None else set(handle.consumers())


def _sum(users):
    """The sum of what operations add, or `None` where one of them does anything else."""
    writes = [user for user in users if user.type not in _READS]
    if not writes or any(write.type not in _SIGNS for write in writes):
        return None
    if len(writes) == 1:
        return writes[0].inputs[1]
    return sum(_SIGNS[write.type] * write.inputs[1] for write in writes)
