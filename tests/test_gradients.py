"""Groups of gradients: what is stacked, what is not, and that each weight gets its own numbers."""

import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gradwatch import statistics
from keras_gradwatch.step import gradients, histogram
from keras_gradwatch.step.gradients import Application

RNG = np.random.default_rng(1)


def everything(variable):
    return True


def application_of(values, scale=None):
    """Gradients, each of a variable of its shape that the step moves by a tenth."""
    variables = [keras.Variable(tf.ones(tf.shape(tf.convert_to_tensor(v)))) for v in values]
    before = {i: tf.identity(variable.value) for i, variable in enumerate(variables)}
    for variable in variables:
        variable.assign_sub(tf.fill(variable.shape, 0.1))
    return Application(None, variables, list(values), before, scale)


def measured(application, with_histogram=True):
    """The outputs of the step, and the position of the variable of each of their rows."""
    groups = gradients.groups(application, everything)
    before = gradients.measure(application, groups, with_histogram)
    tensors = gradients.with_changes(before, application, groups)
    packed = {name: value.numpy() for name, value in tensors.items()}
    if with_histogram:
        packed["histogram"] = histogram.count(packed["exponents"])
    return packed, [position for group in groups for position in group.positions]


def row_of(packed, row):
    return dict(zip(gradients.MEASURED, packed["statistics"][:, row], strict=True))


def assert_row(row, gradient):
    expected = statistics.define(gradient)
    for name in ("norm", "mean", "std", "max_abs", "zeros", "dead_fraction", "nonfinite"):
        assert row[name] == pytest.approx(expected[name], rel=1e-4, abs=1e-6, nan_ok=True), name
    assert row["weight_norm"] == pytest.approx(np.sqrt(gradient.size), rel=1e-5)
    assert row["update_norm"] == pytest.approx(0.1 * np.sqrt(gradient.size), rel=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_each_weight_gets_its_own_numbers(dtype):
    shapes = [(4, 3), (3,), (4, 3), (), (2, 2, 3, 5), (3,)]
    values = [tf.cast(RNG.normal(size=shape), dtype) for shape in shapes]
    packed, positions = measured(application_of(values))
    assert sorted(positions) == list(range(len(shapes)))
    for row, position in enumerate(positions):
        gradient = tf.cast(values[position], "float32").numpy()
        assert_row(row_of(packed, row), gradient)
        np.testing.assert_array_equal(packed["histogram"][row], histogram.define(gradient))


def test_rows_of_an_embedding_that_are_read_twice_are_summed():
    slices = tf.IndexedSlices(
        tf.constant([[1.0, 2.0], [0.5, 0.0], [-1.0, 1.0]]), tf.constant([7, 2, 7]), (50, 2)
    )
    application = application_of([tf.convert_to_tensor(slices)])
    application.gradients = [slices]
    packed, _ = measured(application)
    assert_row(row_of(packed, 0), tf.convert_to_tensor(slices).numpy())


def test_an_embedding_of_which_no_row_was_read_has_a_zero_gradient():
    slices = tf.IndexedSlices(tf.zeros((0, 2)), tf.zeros((0,), "int32"), (50, 2))
    application = application_of([tf.zeros((50, 2))])
    application.gradients = [slices]
    packed, _ = measured(application)
    assert_row(row_of(packed, 0), np.zeros((50, 2)))


def test_the_scale_of_the_loss_is_taken_out():
    gradient = RNG.normal(size=(5, 4)).astype("float32")
    packed, _ = measured(application_of([1024 * gradient], scale=tf.constant(1024.0)))
    assert_row(row_of(packed, 0), gradient)
    np.testing.assert_array_equal(packed["histogram"][0], histogram.define(gradient))


def test_missing_and_unwatched_weights_are_in_no_group():
    application = application_of([np.ones(3, "float32") for _ in range(4)])
    application.gradients[1] = None
    watched = [v for i, v in enumerate(application.variables) if i != 2]
    groups = gradients.groups(application, lambda v: any(v is w for w in watched))
    assert [group.positions for group in groups] == [(0, 3)]


@pytest.mark.parametrize("count", [200, pytest.param(2000, marks=pytest.mark.slow)])
def test_many_small_weights_are_a_few_groups_and_few_operations(count):
    values = [np.ones((8, 3) if i % 2 else (3,), "float32") for i in range(count)]
    application = application_of(values)
    assert len(gradients.groups(application, everything)) == 2
    graph = tf.Graph()
    with graph.as_default():
        symbols = [tf.constant(value) for value in values]
        before = dict(enumerate(symbols))
        variables = [types.SimpleNamespace(shape=s.shape, value=s) for s in symbols]
        traced = Application(None, variables, symbols, before, None)
        constants = len(graph.get_operations())
        gradients.measure(traced, gradients.groups(traced, everything), True)
    per_weight = (len(graph.get_operations()) - constants) / len(values)
    assert per_weight < 10  # The three reshapes of a weight, each with its shape; no statistic.


def test_a_few_small_weights_of_different_shapes_take_few_operations():
    """Not some for each shape: the launch of an operation is what a small weight costs."""

    def operations(shapes):
        graph = tf.Graph()
        with graph.as_default():
            symbols = [tf.constant(np.ones(shape, "float32")) for shape in shapes]
            variables = [types.SimpleNamespace(shape=s.shape, value=s) for s in symbols]
            traced = Application(None, variables, symbols, dict(enumerate(symbols)), None)
            gradients.measure(traced, gradients.groups(traced, everything), True)
        launched = [o for o in graph.get_operations() if o.type not in ("Const", "Reshape")]
        return len(launched)

    shapes = [(16, 32), (32,), (32, 32), (32,), (32, 10), (10,)]
    assert operations(shapes) - operations(shapes[:1]) <= 2 * len(shapes)


def test_what_leaves_the_step_is_small():
    application = application_of([RNG.normal(size=(300, 300)).astype("float32")])
    packed, _ = measured(application, with_histogram=False)
    assert set(packed) == {"statistics", "alive"}
    assert sum(value.nbytes for value in packed.values()) < 1000


@pytest.mark.parametrize(("values", "expected"), [([1.0, 2.0], True), ([1.0, np.nan], False)])
def test_all_finite(values, expected):
    slices = tf.IndexedSlices(tf.constant([values]), tf.constant([0]), (3, 2))
    assert bool(gradients.all_finite([None, tf.constant(values)])) is expected
    assert bool(gradients.all_finite([None, slices])) is expected


def traces_of(every, **arguments):
    """How often `fit` calls the Python of a model's train step."""

    class Counted(keras.Sequential):
        traces = 0

        def train_step(self, data):
            type(self).traces += 1
            return super().train_step(data)

    from keras_gradwatch import GradientWatch

    model = Counted([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    callbacks = [GradientWatch(every=every, **arguments)] if every else []
    model.fit(
        np.ones((12, 4)), np.ones((12, 1)), batch_size=4, epochs=2, verbose=0, callbacks=callbacks
    )
    return Counted.traces


def test_watching_every_batch_traces_one_function_and_not_two():
    plain = traces_of(every=None)
    assert traces_of(every=1, explain=False) == plain
    assert traces_of(every=2, explain=False) == plain + 1
    assert traces_of(every=1) == plain + 1  # The first batch is examined, once.
