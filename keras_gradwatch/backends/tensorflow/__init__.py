"""Keras on TensorFlow."""

from keras_gradwatch.backends.tensorflow.building import build_state
from keras_gradwatch.backends.tensorflow.enclosing import disclose, enclose
from keras_gradwatch.backends.tensorflow.functions import current_graph, undecorated_methods
from keras_gradwatch.backends.tensorflow.measure import (
    change_norms,
    compute_statistics,
    count_exponents,
    stack,
)
from keras_gradwatch.backends.tensorflow.numeric import check_custom_gradients
from keras_gradwatch.backends.tensorflow.recorder import record, traced_error
from keras_gradwatch.backends.tensorflow.replicas import (
    for_the_mean,
    has_replicas,
    keeps_batch,
    sum_over_replicas,
    with_first_batch,
    writes_files,
)
from keras_gradwatch.backends.tensorflow.rescue import observe_values, rescued, rescues
from keras_gradwatch.backends.tensorflow.step import (
    END_OF_DATA,
    IS_STATELESS,
    is_traced,
    observe_updates,
    restore,
    snapshot,
    snapshot_again,
    structural_zeros,
    to_numpy,
    undo_call,
    values_of_call,
    without_autograd,
)
from keras_gradwatch.backends.tensorflow.streams import draws, traced
from keras_gradwatch.backends.tensorflow.updates import value_of

__all__ = [
    "END_OF_DATA",
    "IS_STATELESS",
    "build_state",
    "change_norms",
    "check_custom_gradients",
    "compute_statistics",
    "count_exponents",
    "current_graph",
    "disclose",
    "draws",
    "enclose",
    "for_the_mean",
    "has_replicas",
    "is_traced",
    "keeps_batch",
    "observe_updates",
    "observe_values",
    "record",
    "rescued",
    "rescues",
    "restore",
    "snapshot",
    "snapshot_again",
    "stack",
    "structural_zeros",
    "sum_over_replicas",
    "to_numpy",
    "traced",
    "traced_error",
    "undecorated_methods",
    "undo_call",
    "value_of",
    "values_of_call",
    "with_first_batch",
    "without_autograd",
    "writes_files",
]
