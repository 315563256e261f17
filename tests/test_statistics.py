"""The fast form of each statistic gives the numbers of its definition in NumPy."""

import math

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from keras_gradwatch import statistics
from keras_gradwatch.backends import backend

TINY = float(np.finfo("float32").tiny)
VALUES = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, TINY, TINY / 4, -TINY / 8, math.nan, math.inf, -math.inf]),
    st.floats(-(2.0**99), 2.0**99, width=32),
)
SHAPES = st.sampled_from([(), (1,), (5,), (3, 4), (2, 3, 4)])
RNG = np.random.default_rng(0)


def as_stack(gradients):
    return backend().stack([keras.ops.convert_to_tensor(g.astype("float32")) for g in gradients])


def measure(*gradients):
    measured, alive = backend().compute_statistics([as_stack(gradients)], [gradients[0].size])
    columns = dict(zip(statistics.NAMES, backend().to_numpy(measured), strict=True))
    return columns | {"alive": backend().to_numpy(alive).reshape(len(gradients), -1)}


def assert_defined(measured, gradient, entry=0):
    expected = statistics.define(gradient)
    np.testing.assert_array_equal(measured["alive"][entry], expected.pop("alive"))
    scale = 1e-6 * expected["max_abs"] if np.isfinite(expected["max_abs"]) else 0
    scale = max(scale, float(np.finfo("float32").tiny))  # Of normal numbers a mean may be less.
    for name, want in expected.items():
        got = measured[name][entry]
        if expected["nonfinite"] and name in ("mean", "std"):
            assert not np.isfinite(got), name
        else:
            assert got == pytest.approx(want, rel=3e-5, abs=scale, nan_ok=True), name


CASES = {
    "scalar": np.float32(-3.0),
    "vector": np.arange(5.0),
    "kernel": RNG.normal(size=(3, 3, 4, 7)),
    "one row": RNG.normal(size=(1, 9)),
    "one channel": RNG.normal(size=(9, 1)),
    "all zero": np.zeros((4, 3)),
    "dead channel": RNG.normal(size=(6, 4)) * [1, 0, 1, 0],
    "cancelling channel": np.array([[1.0, 2.0], [-1.0, 2.0]]),
    "constant": np.full((40, 50), 0.1),
    "far from zero": 1e3 + 1e-2 * RNG.normal(size=(50, 40)),
    "squares underflow": 1e-30 * RNG.normal(size=(20, 3)),
    "squares overflow": 1e30 * RNG.normal(size=(20, 3)),
    "large": np.full((4, 4), np.finfo("float32").max / 8),  # Their norm is a float32 as well.
    "smallest": np.full((4, 4), TINY),
    "subnormal": np.array([[TINY / 2, 1.0], [TINY / 4, 2.0]]),
    "nan": np.array([[1.0, np.nan], [0.0, 2.0]]),
    "all nan": np.full((2, 2), np.nan),
    "inf": np.array([[1.0, -np.inf], [0.0, 2.0]]),
    "nan and inf": np.array([[np.nan, np.inf], [0.0, -np.inf]]),
}


@pytest.mark.parametrize("name", CASES)
def test_measure_is_what_define_says(name):
    gradient = np.asarray(CASES[name], "float32")
    assert_defined(measure(gradient), gradient)


@settings(max_examples=60, deadline=None)
@given(arrays.arrays("float32", SHAPES, elements=VALUES))
def test_measure_is_what_define_says_for_any_array(gradient):
    assert_defined(measure(gradient), gradient)


def test_each_entry_of_a_stack_is_measured_by_itself():
    ill = np.array([[np.nan, 1.0], [2.0, 3.0]], "float32")
    gradients = [RNG.normal(size=(2, 2)).astype("float32"), ill, np.zeros((2, 2), "float32")]
    measured = measure(*gradients)
    for entry, gradient in enumerate(gradients):
        assert_defined(measured, gradient, entry)


@pytest.mark.parametrize("entries", [1, 3])
def test_the_norms_of_weights_and_of_their_updates(entries):
    before, change = RNG.normal(size=(2, entries, 8, 5)).astype("float32")
    groups = [[keras.ops.convert_to_tensor(w) for w in ws] for ws in (before, before + change)]
    measured = backend().change_norms([groups[0]], [groups[1]], [[None] * entries])
    expected = [[np.linalg.norm(entry) for entry in entries] for entries in (before, change)]
    np.testing.assert_allclose(backend().to_numpy(measured), expected, rtol=1e-5)


def test_a_large_gradient_is_summed_without_loss():
    gradient = RNG.normal(0.3, 1, size=(3_000, 1_000)).astype("float32")
    assert_defined(measure(gradient), gradient)


def test_a_large_gradient_without_a_zero_has_none():
    """More elements than float32 counts one by one, and a number of them that it does not hold."""
    gradient = np.full((4099, 4099), 0.5, "float32")
    assert measure(gradient)["zeros"] == 0
    gradient[7, 5] = 0
    assert measure(gradient)["zeros"] == 1
    assert measure(gradient * 0)["zeros"] == np.float32(gradient.size)
