"""Two causes that lie close together, told apart by the values at the operation."""

import types

import numpy as np
import pytest

from keras_gradwatch.diagnosis import blame
from keras_gradwatch.recording import kinds


@pytest.mark.parametrize(
    ("values", "cause"), [([-2.0, -1.0], "dead-activation"), ([-1.0, 2.0], "saturated")]
)
def test_a_rectifier_is_dead_where_no_value_is_positive(values, cause):
    operation = types.SimpleNamespace(kind=kinds.RECTIFIER, inputs=(0,), outputs=(1,))
    graph = types.SimpleNamespace(value_of=lambda number: np.array(values))
    assert blame._cause_of_stop(operation, graph, 0) == cause
