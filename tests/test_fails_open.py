"""Whatever breaks inside the watch, the training goes on and gives the same weights."""

import importlib
import inspect
import os
import pkgutil
import warnings

import keras
import numpy as np
import pytest

from keras_gradwatch import GradientWatch
from keras_gradwatch.backends import backend

FOLDERS = ("step", "monitor", "outputs", "rules", "diagnosis", "recording")
MODULES = ("coverage", "optimizers", "record", "weights")
TRACKERS = {"keras_gradwatch.outputs.wandb", "keras_gradwatch.outputs.mlflow"}
"""What needs a package of its own, and is used where a user asks for it."""

PROMISED = {
    "ObservedCall.__call__",
    "ObservedCall.take_back",
    "Observer.__call__",
    "Observer._tried",
    "Streams.run",
    "Messages.before_keras",
    "monitor.quiet.keras_held_back",
    "Worker._run_limited",
    "monitor.worker._run",
}
"""What stands between `fit` and its own train function, and what guards everything else."""


def modules():
    for name in MODULES:
        yield importlib.import_module(f"keras_gradwatch.{name}")
    folders = [importlib.import_module(f"keras_gradwatch.{name}") for name in FOLDERS]
    for folder in [*folders, backend()]:
        for info in pkgutil.iter_modules(folder.__path__, folder.__name__ + "."):
            if info.name not in TRACKERS:
                yield importlib.import_module(info.name)


def is_ours(module, function):
    """Whether a method stands in a file of ours: dataclasses write some of their own."""
    return inspect.isfunction(function) and function.__code__.co_filename == module.__file__


def functions():
    """Every function and method of the package that a `fit` may call: its owner and its name."""
    for module in modules():
        for name, thing in vars(module).items():
            if getattr(thing, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(thing):
                yield module, name
            elif inspect.isclass(thing):
                yield from ((thing, n) for n, f in vars(thing).items() if is_ours(module, f))


FUNCTIONS = {
    f"{owner.__name__.removeprefix('keras_gradwatch.')}.{name}": (owner, name)
    for owner, name in functions()
}


def train(callbacks, **how):
    keras.utils.set_random_seed(3)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(24, 4)).astype("float32"), rng.normal(size=(24, 1))
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3, "relu"), keras.layers.Dense(1)]
    )
    model.compile("adam", "mse", **how)
    model.fit(x, y, batch_size=8, verbose=0, callbacks=callbacks)
    return model.get_weights()


@pytest.fixture(scope="module")
def plain():
    return train([], run_eagerly=True)


def left_behind():
    """What a diagnosis must not leave changed in the frameworks of a running program."""
    places = [keras.layers.Layer.__call__, keras.layers.Layer.__init__, np.array, np.asarray]
    if keras.backend.backend() != "tensorflow":
        return places
    from tensorflow.python.eager import record

    return [*places, record.could_possibly_record()]


def broken(*args, **kwargs):
    raise RuntimeError("broken on purpose")


BROKEN = [name for name in FUNCTIONS if name not in PROMISED]
if "EVERY_FUNCTION" not in os.environ:  # As `.ci/weekly` sets it: all of them take some minutes.
    BROKEN = BROKEN[::4]


@pytest.mark.slow
@pytest.mark.parametrize("name", BROKEN)
def test_a_function_that_raises_costs_a_sample_and_not_the_training(
    name, plain, monkeypatch, tmp_path
):
    owner, function = FUNCTIONS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            watch = GradientWatch(tmp_path, every=1, csv=tmp_path / "log.csv")
        except Exception:
            pytest.skip("the watch cannot be made, which is before `fit`")
        before = left_behind()
        monkeypatch.setattr(owner, function, broken)
        weights = train([watch], run_eagerly=True)
    for got, expected in zip(weights, plain, strict=True):
        np.testing.assert_array_equal(got, expected)
    assert left_behind() == before
