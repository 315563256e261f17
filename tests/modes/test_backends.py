"""Each backend by itself: all statistics are true, and no other framework is imported for it."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import models
import numpy as np
import pytest
import reference

from keras_gradwatch import GradientWatch, statistics
from keras_gradwatch.step import histogram

BACKEND = keras.backend.backend()


@pytest.mark.parametrize("build", [models.functional, models.embedding], ids=lambda b: b.__name__)
def test_all_statistics_are_those_of_the_gradient(build, tmp_path):
    model, x, y = build()
    before = [weight.numpy() for weight in model.trainable_weights]
    gradients = reference.gradients(model, x, y)
    watch = GradientWatch(tmp_path)
    model.fit(x, y, batch_size=models.ROWS, verbose=0, callbacks=[watch])
    table, record = watch.to_pandas(), watch._pipeline.latest
    changes = [w.numpy() - old for w, old in zip(model.trainable_weights, before, strict=True)]
    for i, (row, gradient) in enumerate(zip(table.itertuples(), gradients, strict=True)):
        expected = statistics.define(gradient)
        expected["zero_fraction"] = expected["zeros"] / gradient.size
        for name in ("zero_fraction", *sorted({*statistics.NAMES} - {"zeros"})):
            close = 2e-6 * expected["max_abs"]
            assert getattr(row, name) == pytest.approx(expected[name], rel=2e-4, abs=close), name
        np.testing.assert_array_equal(record.alive[i], expected["alive"])
        assert np.abs(record.histogram[i] - histogram.define(gradient)).sum() <= 0.02 * row.size
        if np.any(before[i]):
            ratio = np.linalg.norm(changes[i]) / np.linalg.norm(before[i])
            assert row.update_ratio == pytest.approx(ratio, rel=1e-3)


FIT = """
import sys, keras, numpy as np
from keras_gradwatch import GradientWatch
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
model.compile("adam", "mse")
watch = GradientWatch("logs", csv="gradients.csv", every=1, stop_on="non-finite")
model.fit(np.ones((8, 4)), np.ones((8, 2)), verbose=0, callbacks=[watch])
assert len(watch.to_pandas()) == 2
print(*{"tensorflow", "jax", "torch"} & {*sys.modules})
"""


@pytest.mark.skipif(BACKEND == "tensorflow", reason="Keras itself imports JAX beside TensorFlow")
def test_a_watched_fit_imports_no_other_framework(tmp_path):
    run = in_a_process(FIT, tmp_path)
    assert set(run.split()) - {BACKEND} <= ({"jax"} if BACKEND == "torch" else set())


def in_a_process(code, folder, **environment):
    root = str(Path(__file__).parents[2])
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "KERAS_BACKEND": BACKEND, "PYTHONPATH": root, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


DISTRIBUTED = """
import keras, numpy as np
from keras.distribution import DataParallel, DeviceMesh, LayoutMap, ModelParallel, TensorLayout
from keras_gradwatch import GradientWatch

class Gate(keras.layers.Dense):
    def call(self, x):
        return keras.ops.cast(super().call(x) > 0, "float32")

def train(distribution, callbacks, first=keras.layers.Dense, **options):
    keras.distribution.set_distribution(distribution)
    keras.utils.clear_session()
    keras.utils.set_random_seed(3)
    layers = [keras.Input((8,)), first(12, activation="tanh", name="first")]
    model = keras.Sequential([*layers, keras.layers.Dense(4, name="second")])
    model.compile(keras.optimizers.Adam(0.01), "mse", **options)
    x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    history = model.fit(x, x[:, :4], batch_size=16, epochs=2, verbose=0, callbacks=callbacks)
    variables = (*model.variables, *model.optimizer.variables)
    return history.history, [np.asarray(variable.value) for variable in variables]

def data_parallel():
    return DataParallel(devices=keras.distribution.list_devices())

def model_parallel():
    mesh = DeviceMesh((1, 2), ["batch", "model"], keras.distribution.list_devices())
    layout = LayoutMap(mesh)
    layout[".*first.*kernel"] = TensorLayout([None, "model"], mesh)
    return ModelParallel(layout_map=layout, batch_dim_name="batch")

assert len(keras.distribution.list_devices()) == 2
alone = GradientWatch(every=2)
train(None, [alone])
for make in (data_parallel, model_parallel):
    for stop_on in ((), "non-finite"):
        watch = GradientWatch("logs", every=2, stop_on=stop_on)
        plain_history, plain = train(make(), [])
        history, watched = train(make(), [watch])
        assert history == plain_history, make
        for one, other in zip(plain, watched, strict=True):
            np.testing.assert_array_equal(one, other)
        single, several = alone.to_pandas(), watch.to_pandas()
        assert list(single.weight) == list(several.weight) and len(several) == 16
        np.testing.assert_allclose(several.norm, single.norm, rtol=1e-4)
        np.testing.assert_allclose(several.update_ratio, single.update_ratio, rtol=1e-3)
    watch = GradientWatch()
    plain_history, plain = train(make(), [], Gate, metrics=["mae"])
    history, watched = train(make(), [watch], Gate, metrics=["mae"])
    (finding,) = watch.findings
    assert finding.cause == "non-differentiable" and history == plain_history
    for one, other in zip(plain, watched, strict=True):
        np.testing.assert_array_equal(one, other)
"""


@pytest.mark.skipif(BACKEND != "jax", reason="`keras.distribution` works on JAX")
def test_two_devices_train_the_same_and_report_the_reduced_gradient(tmp_path):
    flags = "--xla_force_host_platform_device_count=2"
    in_a_process(DISTRIBUTED, tmp_path, XLA_FLAGS=flags, JAX_PLATFORMS="cpu")
