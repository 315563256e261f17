"""TensorFlow's own random operations: a watched training draws the numbers of a plain one."""

import contextlib
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from keras_gradwatch import GradientWatch, diagnose
from keras_gradwatch.backends import backend
from keras_gradwatch.backends.tensorflow import streams
from keras_gradwatch.step.streams import Streams

X = np.random.default_rng(0).normal(size=(70, 8)).astype("float32")


class Noisy(layers.Layer):
    """Draws in every way: by itself, in a function, in a branch, from a generator of its own."""

    def __init__(self, seed=None):
        super().__init__()
        self.seed = seed
        self.generator = tf.random.Generator.from_seed(5)
        self.calls = tf.Variable(0)

    @tf.function
    def shift(self, x):
        return x + tf.random.uniform(tf.shape(x), seed=self.seed)

    def call(self, x):
        self.calls.assign_add(1)
        x = tf.nn.dropout(x, 0.2, seed=self.seed)
        normal = lambda: x + tf.random.normal((1, 8), seed=self.seed)  # noqa: E731
        x = tf.cond(tf.reduce_sum(x) > 0, normal, lambda: x)
        return self.shift(x) + self.generator.normal((1, 8))


def build(seed=None, **options):
    """A model whose weights begin the same, whether the process has a seed or not."""
    keras.utils.clear_session(free_memory=False)
    hidden, last = (
        layers.Dense(units, activation, kernel_initializer=keras.initializers.RandomNormal(seed=3))
        for units, activation in ((6, "tanh"), (1, None))
    )
    model = keras.Sequential([keras.Input((8,)), Noisy(seed), hidden, last])
    model.compile("sgd", "mse", metrics=["mae"], **options)
    return model


def values(model):
    noisy = model.layers[0]
    own = (noisy.generator.state, noisy.calls)
    return [v.numpy() for v in (*model.variables, *model.optimizer.variables, *own)]


def fit(model, *callbacks, epochs=1):
    arguments = {"batch_size": 16, "shuffle": False, "verbose": 0}
    return model.fit(X, X[:, :1], epochs=epochs, callbacks=[*callbacks], **arguments).history


def trained(watch=(), seed=None, before=0, **options):
    """What a watched fit leaves behind between two plain ones, the first of any length."""
    tf.random.set_seed(11 if seed is None else None)
    model = build(seed, **options)
    histories = [fit(model, epochs=before)] if before else []
    histories += [fit(model, *watch, epochs=2), fit(model)]
    return histories, values(model)


def assert_same(one, other):
    assert one[0] == other[0]
    for a, b in zip(one[1], other[1], strict=True):
        np.testing.assert_array_equal(a, b)


WAYS = {
    "the seed of the process": {},
    "seeds of the operations": {"seed": 4},
    "a model that was trained before": {"before": 1},
    "several steps an execution": {"steps_per_execution": 3},
    "eagerly": {"run_eagerly": True},
}


SLOW = pytest.param("several steps an execution", marks=pytest.mark.slow)


@pytest.mark.parametrize("way", [SLOW if "several" in way else way for way in WAYS])
def test_a_watched_training_draws_the_same_numbers(way):
    watch = GradientWatch(every=2)
    assert_same(trained([watch], **WAYS[way]), trained(**WAYS[way]))
    assert len(watch.to_pandas()) >= 4 * 4


def test_the_guard_trains_with_the_numbers_of_a_plain_training_and_says_its_condition():
    def history(*watch):
        tf.random.set_seed(11)
        return fit(build(), *watch, epochs=2)

    watch = GradientWatch(every=2, stop_on="non-finite")
    with pytest.warns(UserWarning, match=r"RandomUniform in .*test_tensorflow_streams.py:\d+"):
        watched = history(watch)
    assert watched == history()


def test_a_loop_of_train_on_batch_draws_the_same_numbers():
    def losses(watches):
        tf.random.set_seed(11)
        model = build()
        with watches(model):
            return [model.train_on_batch(X[:16], X[:16, :1], return_dict=True) for _ in range(5)]

    watch = GradientWatch(every=2)
    assert losses(watch.watching) == losses(contextlib.nullcontext)
    assert len(watch.to_pandas()) == 3 * 4


def test_coverage_names_each_operation_with_its_line():
    keras.utils.set_random_seed(3)
    watch = GradientWatch()
    fit(build(), watch)
    (note,) = [note for note in watch.coverage.notes if "runs once more" in note]
    for line in (
        "RandomUniform in x = tf.nn.dropout(x, 0.2, seed=self.seed)",
        "RandomStandardNormal in normal = lambda: x + tf.random.normal((1, 8), seed=self.seed)",
        "RandomUniform in return x + tf.random.uniform(tf.shape(x), seed=self.seed)",
    ):
        assert line in note
    assert "stateful" not in note


def test_nothing_is_run_twice_without_a_seed():
    """There are no numbers to keep: each training draws others."""
    tf.random.set_seed(None)
    watch, model = GradientWatch(every=1), build()
    fit(model, watch)
    assert watch.coverage.notes == ()
    assert model.layers[0].calls.numpy() == len(X) // 16 + 1


@pytest.mark.parametrize("run_eagerly", [False, True])
@pytest.mark.parametrize("seed", [None, 4])
def test_a_diagnosis_moves_no_stream(seed, run_eagerly):
    def losses(asks):
        tf.random.set_seed(11 if seed is None else None)
        model = build(seed, run_eagerly=run_eagerly)
        first = fit(model)
        asks(model)
        return first, fit(model), values(model), float(tf.random.normal(()))

    plain, asked = losses(lambda model: None), losses(lambda model: diagnose(model, X, X[:, :1]))
    assert_same(plain[1:3], asked[1:3])
    assert seed is not None or plain[3] == asked[3]


OURS = [
    (streams, name)
    for name in (
        "draws",
        "_compiled_part",
        "_graphs",
        "_place",
        "_twice",
        "_iterator",
        "snapshot_of",
    )
]


@pytest.mark.parametrize(("owner", "name"), [*OURS, (streams, "restore"), (Streams, "_look")])
def test_whatever_fails_the_training_goes_on(owner, name, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("broken on purpose")

    owner = backend() if name == "draws" else owner
    monkeypatch.setattr(owner, name, broken)
    tf.random.set_seed(11)
    model = build()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "GradientWatch could not measure")
        fit(model, GradientWatch(every=2))
    assert int(model.optimizer.iterations) == 5


def test_a_step_that_raises_raises_its_own_error():
    class Raises(layers.Layer):
        def call(self, x):
            raise ValueError("a fault of the user's")

    model = keras.Sequential([keras.layers.Dense(2), Raises()])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="a fault of the user's"):
        fit(model, GradientWatch(explain=False))


def test_the_functions_of_keras_have_the_names_that_are_looked_for():
    model = build()
    fit(model)
    names = model.train_function.__code__.co_freevars
    assert {streams.WHOLE, streams.ONE_STEP} <= {*names}
