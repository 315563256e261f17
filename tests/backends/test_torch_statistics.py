"""PyTorch's own reductions give the numbers of the definition."""

import keras
import numpy as np
import pytest

if keras.backend.backend() != "torch":
    pytest.skip("it is about PyTorch", allow_module_level=True)

import torch

from keras_gradwatch import statistics
from keras_gradwatch.backends.torch import measure
from keras_gradwatch.step import histogram

RNG = np.random.default_rng(0)
CASES = {
    "normal": RNG.normal(size=(6, 5, 4)),
    "scalar": np.array(-2.5),
    "vector": RNG.normal(size=7),
    "half zero": np.maximum(RNG.normal(size=(9, 8)), 0),
    "dead channels": RNG.normal(size=(9, 4)) * [1, 0, 1, 0],
    "all zero": np.zeros((4, 3)),
    "far from zero": 1000 + 0.01 * RNG.normal(size=(50, 40)),
    "vanished": 1e-30 * RNG.normal(size=(5, 4)),
    "exploded": 1e30 * RNG.normal(size=(5, 4)),
    "one nan": np.where(np.arange(12) == 5, np.nan, 1.0).reshape(4, 3),
    "one inf": np.where(np.arange(12) == 5, np.inf, 1.0).reshape(4, 3),
    "minus inf": np.where(np.arange(12) == 5, -np.inf, 1.0).reshape(4, 3),
    "large": RNG.normal(size=(300, 256)),
}


@pytest.mark.parametrize("copies", [1, 3])
@pytest.mark.parametrize("gradient", CASES.values(), ids=CASES)
def test_measure_is_what_define_says(gradient, copies):
    gradient = gradient.astype("float32")
    stack = measure.stack([torch.tensor(gradient)] * copies)
    measured, alive = measure.compute_statistics([stack], [gradient.size])
    alive = alive.reshape(copies, -1)
    expected = statistics.define(gradient)
    assert measured.dtype == torch.float32
    for row in range(copies):
        np.testing.assert_array_equal(alive[row], expected["alive"])
        for name, got in zip(statistics.NAMES, measured[:, row].tolist(), strict=True):
            if expected["nonfinite"] and name in ("mean", "std"):
                assert not np.isfinite(got)
            else:
                close = pytest.approx(expected[name], rel=1e-5, abs=1e-37, nan_ok=True)
                assert got == close, name


def test_stacks_of_several_shapes_are_joined_in_order():
    gradients = [CASES[name].astype("float32") for name in ("normal", "vector", "dead channels")]
    stacks = [measure.stack([torch.tensor(gradient)]) for gradient in gradients]
    measured, alive = measure.compute_statistics(stacks, [gradient.size for gradient in gradients])
    norms = [np.linalg.norm(gradient) for gradient in gradients]
    np.testing.assert_allclose(measured[0], norms, rtol=1e-6)
    expected = [statistics.define(gradient)["alive"] for gradient in gradients]
    np.testing.assert_array_equal(alive, np.concatenate(expected))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_norms_of_weights_and_of_their_updates(dtype):
    before = [torch.full((200, 200), 300.0, dtype=dtype), torch.ones(3, dtype=dtype)]
    after = [weight + 2 for weight in before]  # In float16 the sum of the squares overflows.
    weights, updates = measure.change_norms([before], [after], [[None] * 2])
    np.testing.assert_allclose(weights, [60000, np.sqrt(3)], rtol=1e-5)
    np.testing.assert_allclose(updates, [400, 2 * np.sqrt(3)], rtol=1e-5)


@pytest.mark.parametrize("gradient", CASES.values(), ids=CASES)
def test_every_element_is_counted(gradient):
    gradient = gradient.astype("float32")
    stack = measure.stack([torch.tensor(gradient)] * 2)
    counts = histogram.count(measure.count_exponents([stack], [gradient.size]).numpy())
    for row in counts:
        np.testing.assert_array_equal(row, histogram.define(gradient))
