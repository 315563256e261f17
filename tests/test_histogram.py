"""The histogram counts by the bits of a number what its definition finds by comparing."""

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from keras_gradwatch.backends import backend
from keras_gradwatch.step import histogram

TINY = float(np.finfo("float32").tiny)
EDGES = [2.0**n for n in range(histogram.SMALLEST - 1, histogram.LARGEST + 2)]
SPECIAL = [0.0, -0.0, TINY, TINY / 2, -TINY / 4, 3e38, -3e38, math.nan, math.inf, -math.inf]


def count(*gradients):
    stack = tf.constant(np.stack([g.reshape(len(g), -1) for g in gradients]))
    compute = tf.function(lambda stack: backend().count_exponents([stack], [gradients[0].size]))
    return histogram.count(compute(stack).numpy())


def test_every_edge_falls_into_the_bucket_that_begins_with_it():
    below = np.nextafter(np.float32(EDGES), np.float32(0))
    values = np.concatenate([EDGES, np.negative(EDGES), below, -below]).astype("float32")
    np.testing.assert_array_equal(count(values)[0], histogram.define(values))


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(
        "float32",
        arrays.array_shapes(min_dims=2, max_dims=2, max_side=9),
        elements=st.one_of(st.sampled_from(SPECIAL), st.floats(width=32)),
    )
)
def test_the_counts_are_those_of_the_definition(gradient):
    np.testing.assert_array_equal(count(gradient)[0], histogram.define(gradient))


def test_each_entry_of_a_stack_has_its_own_counts():
    gradients = [np.full((3, 2), value, "float32") for value in (1.0, -1.0, 0.0, math.nan)]
    for counts, gradient in zip(count(*gradients), gradients, strict=True):
        np.testing.assert_array_equal(counts, histogram.define(gradient))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_other_types_are_counted_as_float32(dtype):
    gradient = tf.cast(np.random.default_rng(0).normal(size=(50, 40)), dtype)
    values = tf.cast(gradient, "float32").numpy()
    np.testing.assert_array_equal(count(values)[0], histogram.define(values))


def test_the_tables_hold_every_counted_element():
    gradient = np.array([[0.0, 0.75, -0.75, 1e-9, 3.0, math.nan]], "float32")
    counts = count(gradient)[0]
    values, (magnitudes,) = histogram.value_table(counts), histogram.magnitude_tables(counts[None])
    assert values[:, 2].sum() == 5
    assert magnitudes[:, 2].sum() == 4  # The logarithm of zero is nowhere.
    for number in (0.75, -0.75, 3.0):
        (row,) = values[(values[:, 0] <= number) & (values[:, 1] > number)]
        assert row[1] - row[0] == np.exp2(np.floor(np.log2(abs(number))))
    (row,) = magnitudes[(magnitudes[:, 0] <= -9) & (magnitudes[:, 1] > -9)]
    assert row[2] == 1


@pytest.mark.parametrize("scale", [1e-12, 1e-3, 1e4])
def test_buckets_touch_are_sorted_and_few(scale):
    gradient = (scale * np.random.default_rng(0).normal(size=(100, 100))).astype("float32")
    counts = count(gradient)[0]
    for table in (histogram.value_table(counts), *histogram.magnitude_tables(counts[None])):
        assert table[:, 2].sum() == gradient.size
        assert len(table) < 16
        assert (table[:, 0] <= table[:, 1]).all()
        np.testing.assert_array_equal(table[1:, 0], table[:-1, 1])


def test_the_table_of_nothing_is_empty():
    nothing = np.zeros(histogram.BUCKETS, int)
    assert histogram.value_table(nothing).shape == (0, 3)
    assert [table.shape for table in histogram.magnitude_tables(nothing[None])] == [(0, 3)]


def test_the_tables_of_many_weights_are_those_of_each():
    gradients = [np.float32([[10.0**power, -1.0]]) for power in (-20, -8, 0, 3, 6)]
    counts = count(*gradients)
    together = histogram.magnitude_tables(counts)
    for table, alone in zip(together, counts, strict=True):
        np.testing.assert_array_equal(table, histogram.magnitude_tables(alone[None])[0])
