"""A failure inside the watch is one clear warning; the training goes on."""

import os

import keras
import models
import pandas as pd
import pytest

import keras_gradwatch
from keras_gradwatch import GradientWatch
from keras_gradwatch.outputs import table as table_module
from keras_gradwatch.step import gradients


def fit(xy, watch, epochs=1, run_eagerly=True):
    model = models.classifier(run_eagerly=run_eagerly)
    history = model.fit(*xy, batch_size=16, epochs=epochs, verbose=0, callbacks=[watch])
    assert len(history.history["loss"]) == epochs
    return model


def of_ours(caught):
    """Without what Keras on torch and JAX warns of itself."""
    return [warning for warning in caught if warning.category is UserWarning]


@pytest.fixture
def a_file(tmp_path):
    """A path that cannot become a directory, whoever asks."""
    path = tmp_path / "file"
    path.write_text("in the way")
    return path


def test_log_directory_that_cannot_be_written(xy, a_file):
    watch = GradientWatch(a_file / "logs", every=1)
    with pytest.warns(UserWarning, match="turns off the TensorBoard log") as caught:
        fit(xy, watch)
    assert len(of_ours(caught)) == 1
    assert len(watch.to_pandas())


def test_csv_that_cannot_be_written_leaves_the_table(xy, a_file):
    watch = GradientWatch(csv=a_file / "gradients.csv", every=1)
    with pytest.warns(UserWarning, match="turns off the CSV log") as caught:
        fit(xy, watch)
    assert len(of_ours(caught)) == 1
    assert len(watch.to_pandas())


def test_csv_in_a_missing_folder_is_written(xy, tmp_path):
    path = tmp_path / "a" / "b" / "gradients.csv"
    watch = GradientWatch(csv=path, every=1)
    fit(xy, watch)
    pd.testing.assert_frame_equal(pd.read_csv(path), watch.to_pandas())


def test_full_disk(xy, tmp_path, monkeypatch):
    rows = table_module._rows
    steps = []

    def full_at_the_third(records):
        is_third = len(steps) <= 2 < len(steps) + len(records)
        steps.extend(records.step)
        if is_third:
            raise OSError(28, "No space left on device")
        return rows(records)

    monkeypatch.setattr(table_module, "_rows", full_at_the_third)
    watch = GradientWatch(csv=tmp_path / "gradients.csv", every=1)
    with pytest.warns(UserWarning, match="No space left on device") as caught:
        fit(xy, watch)
    assert len(of_ours(caught)) == 1
    # What came in one pass with the third is not there either.
    assert list(pd.read_csv(tmp_path / "gradients.csv").step.unique()) in ([0], [0, 1])
    assert list(watch.to_pandas().step.unique()) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("place", ["measure", "pack", "Application"])
def test_statistic_that_cannot_be_computed(xy, monkeypatch, place):
    def unsupported(*args, **kwargs):
        raise NotImplementedError("no such operation here")

    monkeypatch.setattr(gradients, place, unsupported)
    with pytest.warns(UserWarning, match="could not measure a step after NotImplementedError") as w:
        fit(xy, GradientWatch(every=1), run_eagerly=False)
    assert len(of_ours(w)) == 1


def test_rule_that_raises(xy):
    def broken(history):
        raise KeyError("typo")

    with pytest.warns(UserWarning, match="turns off rule broken after KeyError") as caught:
        fit(xy, GradientWatch(every=1, rules=[broken]))
    assert len(of_ours(caught)) == 1


@pytest.mark.filterwarnings("ignore:Gradients do not exist")
@pytest.mark.filterwarnings("ignore::keras_gradwatch.GradientWarning")
@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="the diagnosis needs TensorFlow"
)
def test_diagnosis_that_raises(monkeypatch):
    def broken(*args):
        raise RuntimeError("lost")

    monkeypatch.setattr(keras_gradwatch.diagnosis, "explain", broken)
    model, x, y = models.cut()
    watch = GradientWatch()
    with pytest.warns(UserWarning, match="could not search for a cause after RuntimeError: lost"):
        model.fit(x, y, verbose=0, callbacks=[watch])
    assert [finding.symptom for finding in watch.findings] == ["missing"]


def test_warnings_point_to_the_line_that_called_fit(xy, a_file):
    with pytest.warns(UserWarning, match="turns off") as caught:
        fit(xy, GradientWatch(a_file / "logs"))
    assert os.path.basename(of_ours(caught)[0].filename) == os.path.basename(__file__)


BAD = {
    "every": (0, -1, 1.5, True, "10"),
    "log_dir": (3, ""),
    "csv": (3, ""),
    "stop_on": ("nan", ["missing", "nan"], 3),
    "rules": ("missing", 3, [1]),
    "weights": (3,),
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in BAD.items() for v in vs])
def test_bad_arguments_raise_at_once(name, value):
    with pytest.raises(ValueError, match=f"`{name}` must be .*Received: {name}="):
        GradientWatch(**{name: value})


def test_model_without_trainable_weights(xy):
    model = models.classifier()
    model.trainable = False
    model.compile("adam", "sparse_categorical_crossentropy")
    watch = GradientWatch()
    with pytest.warns(UserWarning, match="does not have any trainable weights"):
        model.fit(*xy, verbose=0, callbacks=[watch])
    assert "not trainable" in str(watch.coverage)
    assert watch.to_pandas().empty
    assert watch.layers().empty


def test_chosen_weights_only(xy):
    watch = GradientWatch(weights=r"kernel$")
    fit(xy, watch)
    table = watch.to_pandas()
    assert table.weight.str.endswith("kernel").all()
    assert "not chosen by `weights`" in watch.coverage.unwatched.values()


def test_exception_in_the_train_step_is_the_users(xy):
    class Mine(keras.Model):
        def train_step(self, data):
            raise RuntimeError("my own mistake")

    x = keras.Input((8,))
    model = Mine(x, keras.layers.Dense(3)(x))
    model.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(RuntimeError, match="my own mistake"):
        model.fit(*xy, verbose=0, callbacks=[GradientWatch(explain=False)])
