"""Keras on JAX."""

from keras_gradwatch.backends.jax.measure import (
    change_norms,
    compute_statistics,
    count_exponents,
    stack,
)
from keras_gradwatch.backends.jax.numeric import check_custom_gradients
from keras_gradwatch.backends.jax.recorder import record, traced_error
from keras_gradwatch.backends.jax.step import (
    END_OF_DATA,
    IS_STATELESS,
    current_graph,
    for_the_mean,
    has_replicas,
    is_traced,
    observe_updates,
    restore,
    snapshot,
    snapshot_of_call,
    structural_zeros,
    sum_over_replicas,
    to_numpy,
    undecorated_methods,
    undo_call,
    value_of,
    without_autograd,
    writes_files,
)

__all__ = [
    "END_OF_DATA",
    "IS_STATELESS",
    "change_norms",
    "check_custom_gradients",
    "compute_statistics",
    "count_exponents",
    "current_graph",
    "for_the_mean",
    "has_replicas",
    "is_traced",
    "observe_updates",
    "record",
    "restore",
    "snapshot",
    "snapshot_of_call",
    "stack",
    "structural_zeros",
    "sum_over_replicas",
    "to_numpy",
    "traced_error",
    "undecorated_methods",
    "undo_call",
    "value_of",
    "without_autograd",
    "writes_files",
]
