"""Train steps of one's own: nothing is changed, and what cannot be seen is said."""

import warnings

import keras
import numpy as np
import pytest

if keras.backend.backend() != "tensorflow":
    pytest.skip("the forms are written in TensorFlow", allow_module_level=True)

import train_steps
from train_steps import OUT_OF_SIGHT, SEEN

from keras_gradwatch import GradientWatch


def watched(form, **arguments):
    """Trains twice; the model and the watch of a training that came out the same."""
    _, plain_history, plain = train_steps.train(form, [], **arguments)
    watch = GradientWatch(every=2)
    model, history, values = train_steps.train(form, [watch], **arguments)
    assert history == plain_history
    for one, other in zip(plain, values, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not {"train_step", "part", "update"} & set(vars(model))
    return model, watch


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        *((form, {}) for form in SEEN),
        (train_steps.Decorated, {"steps_per_execution": 2}),
        pytest.param(train_steps.DecoratedPart, {"jit_compile": True}, marks=pytest.mark.slow),
    ],
)
def test_updates_in_the_step_and_in_its_decorated_methods_are_seen(form, mode):
    model, watch = watched(form, **mode)
    assert set(watch.coverage.watched) == {weight.path for weight in model.trainable_weights}
    assert not watch.coverage.notes


@pytest.mark.parametrize("form", [train_steps.Adversaries, train_steps.Branch])
def test_eager_steps_are_seen(form):
    model, watch = watched(form, run_eagerly=True)
    assert len(watch.coverage.watched) == len(model.trainable_weights)


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        *((form, {}) for form in OUT_OF_SIGHT),
        (train_steps.Branch, {"steps_per_execution": 2}),
        (train_steps.Decorated, {"run_eagerly": True}),
    ],
)
def test_updates_out_of_sight_are_said_once(form, mode):
    with pytest.warns(UserWarning, match="sgd is not watched: it updates inside a fun") as said:
        _, watch = watched(form, **mode)
    assert len(said) == 1
    assert watch.to_pandas().empty
    assert len(watch.coverage.notes) == 1
    assert len(watch.coverage.unwatched) == 4


def test_each_optimizer_has_its_weights():
    _, watch = watched(train_steps.Adversaries)
    table = watch.to_pandas()
    owners = set(zip(table.layer, table.optimizer, strict=True))
    assert owners == {("hidden", "first"), ("out", "second")}


def test_of_two_updates_in_a_step_the_last_gradient_is_kept():
    def norms(form, epochs):
        watch = GradientWatch(every=1)
        model = train_steps.model_of(form)
        x, y = train_steps.ways.data()
        model.fit(x, y, batch_size=len(x), epochs=epochs, verbose=0, callbacks=[watch])
        return watch.to_pandas().norm[-4:]

    np.testing.assert_allclose(norms(train_steps.Twice, 1), norms(train_steps.Own, 2), rtol=1e-5)


def test_an_update_without_an_optimizer_is_said():
    with pytest.warns(UserWarning, match="asked no Keras optimizer for an update"):
        _, watch = watched(train_steps.NoOptimizer)
    assert not watch.coverage.watched


def test_a_foreign_optimizer_is_named():
    with pytest.warns(UserWarning, match="asked no Keras optimizer for an update"):
        _, watch = watched(train_steps.ForeignOptimizer)
    assert "Descent is no Keras optimizer: its updates are not watched" in watch.coverage.notes


def test_a_method_that_autograph_cannot_read_stays_closed():
    source = (
        "class Unreadable(Own):\n"
        "    @tf.function(autograph=True)\n"
        "    def part(self, data):\n"
        "        return self.update(data)\n"
        "    def train_step(self, data):\n"
        "        return {'loss': self.part(data)}\n"
    )
    names = vars(train_steps).copy()
    exec(source, names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        watched(names["Unreadable"])
