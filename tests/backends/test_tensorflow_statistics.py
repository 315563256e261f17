"""The fast form gives the numbers of the definition, also where it must not be trusted."""

import numpy as np
import pytest
import tensorflow as tf
import test_statistics
from hypothesis import given, settings
from hypothesis.extra import numpy as arrays

from keras_gradwatch import statistics
from keras_gradwatch.backends import segments
from keras_gradwatch.backends.tensorflow import measure

RNG = np.random.default_rng(0)
SIZE = measure.CENTERED_SIZE

LARGE = {
    "ordinary": RNG.normal(size=(SIZE // 64, 65)),
    "half zero": np.maximum(RNG.normal(size=(SIZE // 64, 65)), 0),
    "dead channel": RNG.normal(size=(SIZE // 4, 5)) * [1, 0, 1, 0, 1],
    "all zero": np.zeros((SIZE // 64, 65)),
    "far from zero": 3 + 0.1 * RNG.normal(size=(SIZE // 64, 65)),
    "vanished": 1e-25 * RNG.normal(size=(SIZE // 64, 65)),
    "exploded": 1e25 * RNG.normal(size=(SIZE // 64, 65)),
    "one nan": np.where(np.arange(65) == 3, np.nan, np.ones((SIZE // 64, 65))),
    "one inf": np.where(np.arange(65) == 3, np.inf, np.ones((SIZE // 64, 65))),
}


@tf.function
def compute(stacks, sizes):
    return measure.compute_statistics(stacks, sizes)


def measured_of(*gradients):
    """For each gradient its statistics; the first ones of equal shape are one stack."""
    stacks = [test_statistics.as_stack([gradient]) for gradient in gradients]
    measured, alive = compute(stacks, [gradient.size for gradient in gradients])
    columns = [dict(zip(statistics.NAMES, column, strict=True)) for column in measured.numpy().T]
    channels = np.split(alive.numpy(), np.cumsum([stack.shape[2] for stack in stacks])[:-1])
    return [
        {name: [value] for name, value in column.items()} | {"alive": [of_weight]}
        for column, of_weight in zip(columns, channels, strict=True)
    ]


@pytest.mark.parametrize("gradient", test_statistics.CASES.values(), ids=test_statistics.CASES)
def test_small(gradient):
    test_statistics.assert_defined(measured_of(gradient)[0], gradient)


@pytest.mark.parametrize("gradient", LARGE.values(), ids=LARGE)
def test_large(gradient):
    (measured,) = measured_of(gradient)
    expected = statistics.define(gradient)
    np.testing.assert_array_equal(measured["alive"][0], expected.pop("alive"))
    for name, want in expected.items():
        got = measured[name][0]
        if expected["nonfinite"] and name in ("mean", "std"):
            assert not np.isfinite(got), name
        else:
            # The deviation is the difference of two sums of float32.
            rel = 1e-3 if name == "std" else 1e-4
            assert got == pytest.approx(want, rel=rel, abs=1e-6 * expected["max_abs"], nan_ok=True)


def test_one_bad_gradient_does_not_change_the_numbers_of_the_others():
    gradients = [LARGE["ordinary"], LARGE["one nan"], test_statistics.CASES["kernel"]]
    alone, _, small = (measured_of(gradient)[0] for gradient in gradients)
    for before, after in ((alone, measured_of(*gradients)[0]), (small, measured_of(*gradients)[2])):
        for name in statistics.NAMES:
            assert before[name][0] == pytest.approx(after[name][0], rel=1e-4, abs=1e-7), name


@settings(max_examples=30, deadline=None)
@given(arrays.arrays("float32", test_statistics.SHAPES, elements=test_statistics.VALUES))
def test_any_values(gradient):
    test_statistics.assert_defined(measured_of(gradient)[0], gradient)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_rows_of_an_embedding_are_counted_when_the_step_runs(jit_compile):
    rows = RNG.normal(size=(3, 4)).astype("float32")
    whole = np.concatenate([rows, np.zeros((47, 4), "float32")])

    @tf.function(input_signature=[tf.TensorSpec((1, None, 4))], jit_compile=jit_compile)
    def compute(stack):
        return measure.compute_statistics([stack], [whole.size])[0]

    expected = statistics.define(whole)
    for name, value in zip(statistics.NAMES, compute(rows[None]).numpy()[:, 0], strict=True):
        assert value == pytest.approx(expected[name], rel=1e-5, abs=1e-7), name


def test_an_ordinary_step_is_not_measured_twice(monkeypatch):
    times = tf.Variable(0)
    careful = measure._careful

    def counted(*args):
        times.assign_add(1)
        return careful(*args)

    monkeypatch.setattr(measure, "_careful", counted)
    rows = segments.SIZE  # A smaller one needs no care.
    compute = tf.function(lambda stack: measure.compute_statistics([stack], [5 * rows])[0])
    for scale, expected in ((1.0, 0), (0.0, 0), (1e-30, 1), (1.0, 1), (np.nan, 2)):
        compute(tf.constant(scale * RNG.normal(size=(1, rows, 5)), "float32"))
        assert int(times) == expected
