"""Watching changes nothing: no weight, no history, no model, no other callback."""

import keras
import models
import numpy as np
import pytest

from keras_gradwatch import GradientWatch

MODES = {
    "graph": {},
    "jit_compile": {"jit_compile": True},
    "run_eagerly": {"run_eagerly": True},
    "steps_per_execution": {"steps_per_execution": 3},
}
if keras.backend.backend() == "torch":  # It takes one step at a time, and knows no XLA.
    MODES = {"eager": {}}


def train(xy, callbacks, **compile_arguments):
    """Two shuffled epochs; the model, what `fit` returned and every value it left behind.

    The random numbers that are drawn after it are among them.
    """
    keras.utils.set_random_seed(11)
    model = models.classifier(**compile_arguments)
    history = model.fit(*xy, batch_size=16, epochs=2, verbose=0, callbacks=callbacks)
    values = [variable.numpy() for variable in (*model.variables, *model.optimizer.variables)]
    values += [np.random.random(), float(keras.random.uniform(()))]  # What is drawn next.
    return model, history.history, values


SLOW = pytest.param("jit_compile", marks=pytest.mark.slow)
BY_MODE = pytest.mark.parametrize("mode", [SLOW if m == "jit_compile" else m for m in MODES])


@BY_MODE
def test_training_is_bit_identical(xy, tmp_path, mode):
    _, plain_history, plain = train(xy, [], **MODES[mode])
    for stop_on in ((), "non-finite"):
        logs = tmp_path / f"stop on {stop_on}"
        watch = GradientWatch(logs, every=2, csv=logs / "gradients.csv", stop_on=stop_on)
        _, history, watched = train(xy, [watch], **MODES[mode])
        assert len(watch.to_pandas()) > 0
        assert history == plain_history
        for one, other in zip(plain, watched, strict=True):
            np.testing.assert_array_equal(one, other)


@BY_MODE
def test_training_with_regularizers_is_bit_identical(xy, mode):
    def trained(callbacks):
        keras.utils.set_random_seed(11)
        kinds = [keras.regularizers.L1(1e-4), keras.regularizers.L2(1e-3), "orthogonal_regularizer"]
        hidden = [keras.layers.Dense(9, "relu", kernel_regularizer=kind) for kind in kinds]
        model = keras.Sequential([*hidden, keras.layers.Dense(3, activation="softmax")])
        model.compile("adam", "sparse_categorical_crossentropy", **MODES[mode])
        history = model.fit(*xy, batch_size=16, epochs=2, verbose=0, callbacks=callbacks)
        return history.history, [weight.numpy() for weight in model.weights]

    plain_history, plain = trained([])
    history, watched = trained([GradientWatch(every=2)])
    assert history == plain_history
    for one, other in zip(plain, watched, strict=True):
        np.testing.assert_array_equal(one, other)


class Witness(keras.callbacks.Callback):
    """Keeps what other callbacks get to see."""

    def __init__(self):
        super().__init__()
        self.keys = set()
        self.functions = set()

    def on_train_batch_end(self, batch, logs=None):
        self.keys |= set(logs)
        self.functions.add(self.model.train_function)

    def on_epoch_end(self, epoch, logs=None):
        self.keys |= set(logs)


@pytest.mark.parametrize("place", [0, 1], ids=["before", "after"])
def test_other_callbacks_see_no_key_of_ours_and_keras_own_function(xy, place):
    witness = Witness()
    callbacks = [GradientWatch(every=1)]
    callbacks.insert(place, witness)
    train(xy, callbacks)
    assert witness.keys == {"accuracy", "loss"}
    assert len(witness.functions) == 1


def footprint(model):
    """Everything that tells whether a model or its optimizer was tampered with."""
    return [
        {name: value for name, value in vars(owner).items() if not name.startswith("_")}
        for owner in (model, model.optimizer)
    ]


class Raises(keras.callbacks.Callback):
    """Interrupts the training at one hook."""

    def __init__(self, hook, error):
        super().__init__()
        setattr(self, hook, self._raise)
        self.error = error

    def _raise(self, *args, **kwargs):
        raise self.error


@pytest.fixture(scope="module")
def trained(xy):
    """A model that each interrupted fit is to leave as it was."""
    return train(xy, [])[0]


HOOKS = ("on_train_batch_begin", "on_train_batch_end", "on_epoch_end")


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("error", [RuntimeError("mine"), KeyboardInterrupt()], ids=type)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_model_is_as_before_after_an_interrupted_fit(xy, trained, hook, error):
    model = trained
    before = footprint(model)
    watch = GradientWatch(every=1)
    with pytest.raises(type(error)):
        model.fit(*xy, batch_size=16, verbose=0, callbacks=[Raises(hook, error), watch])
    after = footprint(model)
    for name in ("history", "stop_training", "training"):
        before[0].pop(name, None), after[0].pop(name, None)
    assert after == before
    assert "train_step" not in vars(model)
    assert "apply" not in vars(model.optimizer)


def test_a_call_left_behind_by_an_interrupted_fit_does_not_observe_the_next_one(xy):
    model, _, _ = train(xy, [])
    own = model.train_function
    interrupting = Raises("on_train_batch_begin", RuntimeError())
    with pytest.raises(RuntimeError):
        model.fit(*xy, verbose=0, callbacks=[GradientWatch(every=1), interrupting])
    later = GradientWatch(every=1)
    model.fit(*xy, verbose=0, callbacks=[later])
    assert model.train_function is own
    assert len(later.to_pandas())


def test_second_fit_goes_on_where_the_first_ended(xy, tmp_path):
    keras.utils.set_random_seed(11)
    model = models.classifier()
    watch = GradientWatch(tmp_path, every=2, csv=tmp_path / "gradients.csv")
    for _ in range(2):
        model.fit(*xy, batch_size=16, verbose=0, callbacks=[watch])
    table = watch.to_pandas()
    assert list(table.step.unique()) == [0, 2, 4, 5, 7, 9]
    assert list(table.batch.unique()) == [0, 2, 4]


def test_compile_between_two_fits(xy):
    model = models.classifier()
    watch = GradientWatch(every=1)
    model.fit(*xy, batch_size=16, verbose=0, callbacks=[watch])
    model.compile(keras.optimizers.SGD(name="second"), "sparse_categorical_crossentropy")
    model.fit(*xy, batch_size=16, verbose=0, callbacks=[watch])
    assert set(watch.to_pandas().optimizer) == {"second"}


def test_two_watches_at_once_say_which_one_observes(xy):
    first, second = GradientWatch(every=1), GradientWatch(every=1)
    with pytest.warns(UserWarning, match="another GradientWatch is already active"):
        train(xy, [first, second])
    assert len(first.to_pandas())
    assert not len(second.to_pandas())


def test_another_model_begins_anew_and_says_so(xy):
    watch = GradientWatch(every=1)
    train(xy, [watch], run_eagerly=True)
    with pytest.warns(UserWarning, match="attached to a new model"):
        _, _, watched = train(xy, [watch], run_eagerly=True)
    _, _, plain = train(xy, [], run_eagerly=True)
    for one, other in zip(plain, watched, strict=True):
        np.testing.assert_array_equal(one, other)
