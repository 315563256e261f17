"""A log goes on where it ended: the same directory, other weights, odd names, a copied watch."""

import copy
import pickle

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers
from tensorboard.backend.event_processing import event_accumulator

from keras_gradwatch import GradientWatch
from keras_gradwatch.outputs import table as table_module

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 4)).astype("float32")
Y = RNG.normal(size=(40, 2)).astype("float32")


def small(*names):
    keras.utils.set_random_seed(1)
    dense = [layers.Dense(4, name=name) for name in names]
    model = keras.Sequential(
        [keras.Input((4,)), *dense, layers.Dense(2, name="last")], name="model"
    )
    model.compile(keras.optimizers.SGD(0.01), "mse", run_eagerly=True)
    return model


def fit(model, watch, batches=5):
    count = 8 * batches
    model.fit(X[:count], Y[:count], batch_size=8, verbose=0, callbacks=[watch])
    return watch.to_pandas()


def watching(directory, **arguments):
    return GradientWatch(directory, csv=directory / "log.csv", every=1, **arguments)


def resumed(directory, iterations):
    """A new watch of a new model that says how far it had been trained."""
    model = small()
    model.optimizer.iterations.assign(iterations)
    watch = watching(directory)
    return fit(model, watch), watch


def test_a_resumed_training_appends(tmp_path):
    fit(small(), watching(tmp_path))
    table, _ = resumed(tmp_path, 5)
    assert table.step.tolist() == [step for step in range(10) for _ in range(2)]
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "log.csv"), table)
    accumulator = event_accumulator.EventAccumulator(str(tmp_path / "gradients")).Reload()
    steps = [event.step for event in accumulator.Scalars("gradient_norm/global")]
    assert steps == list(range(10))


def test_a_training_resumed_from_an_older_checkpoint_has_no_step_twice(tmp_path):
    fit(small(), watching(tmp_path))
    table, _ = resumed(tmp_path, 2)
    assert table.step.tolist() == [step for step in range(7) for _ in range(2)]


def test_a_fit_that_goes_on_does_not_read_the_whole_log_again(tmp_path, monkeypatch):
    model, watch = small(), watching(tmp_path)
    fit(model, watch)
    monkeypatch.setattr(table_module, "length_before", None)
    assert fit(model, watch).step.nunique() == 10


@pytest.mark.parametrize("lost", [1, 30, 75])
def test_a_row_that_was_cut_off_is_taken_out_by_the_next_run(tmp_path, lost):
    path = tmp_path / "log.csv"
    fit(small(), watching(tmp_path))
    content = path.read_bytes()
    path.write_bytes(content[:-lost])
    table, _ = resumed(tmp_path, 5)
    whole = content[:-lost].decode().rpartition("\n")[0].split("\n")
    assert table.step.tolist()[: len(whole) - 1] == [int(row.split(",")[0]) for row in whole[1:]]
    assert table.step.tolist()[len(whole) - 1 :] == [step for step in range(5, 10) for _ in "ab"]
    assert not table.norm.isna().any()


@pytest.mark.parametrize("kept", [0, 20])
def test_a_header_that_was_cut_off_begins_anew(tmp_path, kept):
    path = tmp_path / "log.csv"
    fit(small(), watching(tmp_path))
    path.write_bytes(path.read_bytes()[:kept])
    table, _ = resumed(tmp_path, 5)
    assert table.step.unique().tolist() == [5, 6, 7, 8, 9]


class StopsAtOnce(keras.Model):
    """Raises before any optimizer is asked."""

    def train_step(self, data):
        raise RuntimeError("not yet")


def test_a_fit_that_samples_nothing_leaves_no_row_of_an_older_run(tmp_path):
    fit(small(), watching(tmp_path))
    inputs = keras.Input((4,))
    model = StopsAtOnce(inputs, layers.Dense(2)(inputs))
    model.compile("sgd", "mse")
    watch = watching(tmp_path, explain=False)
    with pytest.raises(RuntimeError, match="not yet"):
        model.fit(X, Y, verbose=0, callbacks=[watch])
    assert watch.to_pandas().empty
    assert pd.read_csv(tmp_path / "log.csv").empty


def test_weights_that_appear_and_vanish_between_fits(tmp_path):
    """LoRA adds two weights and freezes the kernel; then the whole layer is frozen."""
    model, watch = small("one"), watching(tmp_path)
    one = model.layers[0]
    sets = []
    for change in (lambda: None, lambda: one.enable_lora(2), lambda: setattr(one, "trainable", 0)):
        change()
        model.compile(keras.optimizers.SGD(0.01), "mse", run_eagerly=True)
        model.optimizer.iterations.assign(10 * len(sets))
        table = fit(model, watch)
        rows = table[(table.step >= 10 * len(sets)) & (table.layer == "model/one")]
        sets.append({path.rpartition("/")[2] for path in rows.weight})
    assert sets == [{"kernel", "bias"}, {"lora_kernel_a", "lora_kernel_b", "bias"}, set()]
    assert table.step.nunique() == 15
    assert set(watch.coverage.unwatched.values()) == {"not trainable"}
    assert not [finding for finding in watch.findings if finding.is_loud]


NAMES = (
    "größe_層",
    "=1+1",
    "+a",
    "-b",
    "@c",
    'comma, "quoted"',
    "line\nend",
    "carriage\rreturn",
    "[x](y)",
    "<b>&amp;",
    "a.b*c$",
    " space ",
    "tab\there",
)


def oddly_named():
    """TensorFlow refuses such names of layers, the other backends do not: so they are set later."""
    model = small(*(f"layer{i}" for i in range(len(NAMES))))
    for layer, name in zip(model.layers, NAMES, strict=False):
        layer.kernel._path, layer.bias._path = f"{name}/kernel", f"{name}/bias"
    return model


def test_names_are_written_as_they_are(tmp_path):
    model = oddly_named()
    watch = watching(tmp_path)
    table = fit(model, watch)
    paths = [weight.path for weight in model.trainable_weights]
    assert table.weight[: len(paths)].tolist() == paths
    assert table.layer.unique().tolist() == [*NAMES, "model/last"]
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "log.csv"), table)
    accumulator = event_accumulator.EventAccumulator(str(tmp_path / "gradients")).Reload()
    assert {f"gradient_norm/{path}" for path in paths} <= set(accumulator.Tags()["scalars"])


def test_a_run_with_odd_names_is_resumed_whole(tmp_path):
    for iterations in (0, 5):
        model = oddly_named()
        model.optimizer.iterations.assign(iterations)
        table = fit(model, watching(tmp_path))
    assert table.step.tolist() == [s for s in range(10) for _ in range(2 * len(NAMES) + 2)]


@pytest.mark.parametrize("path", ["/kernel", "//", "a", "=a,b"])
def test_a_weight_with_an_odd_path(tmp_path, path):
    model = small()
    model.layers[0].kernel._path = path
    table = fit(model, watching(tmp_path))
    assert table.weight[0] == path
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "log.csv"), table)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda w: pickle.loads(pickle.dumps(w))])
def test_a_copied_watch_begins_anew_with_the_same_arguments(tmp_path, copied):
    watch = watching(tmp_path, weights="kernel", stop_on="missing")
    fit(small(), watch)
    other = copied(watch)
    assert (other.every, other.stop_on, other.findings) == (1, watch.stop_on, [])
    table = fit(small(), other)
    assert table.step.nunique() == 5
    assert set(table.weight) == {"model/last/kernel"}


def test_the_update_of_a_weight_that_was_zero_has_no_ratio(tmp_path):
    watch = watching(tmp_path)
    table = fit(small(), watch)
    bias = table[table.weight == "model/last/bias"].update_ratio
    assert np.isnan(bias.iloc[0])
    assert (bias.iloc[1:] > 0).all()
    assert np.isfinite(table.groupby("layer").update_ratio.mean()).all()
    accumulator = event_accumulator.EventAccumulator(str(tmp_path / "gradients")).Reload()
    events = accumulator.Scalars("update_ratio/model/last/bias")
    assert [event.step for event in events] == [1, 2, 3, 4]
