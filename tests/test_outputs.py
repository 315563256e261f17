"""What is written is what TensorBoard's own loader and pandas read back."""

import collections
import dataclasses
import json

import gradient_logs
import models
import numpy as np
import pandas as pd
import pytest
from tensorboard.backend.event_processing import event_accumulator, event_file_loader
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.util import tensor_util

from keras_gradwatch import Finding, GradientWatch
from keras_gradwatch.monitor import pipeline
from keras_gradwatch.outputs import curves, tensorboard, thinning
from keras_gradwatch.outputs.curves import Curves
from keras_gradwatch.outputs.totals import TOTALS, totals
from keras_gradwatch.record import COLUMNS, Records
from keras_gradwatch.views.tensorboard_plugin.event_files import read_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A watched training of two epochs: the watch and the directory it wrote to."""
    tmp_path = tmp_path_factory.mktemp("run")
    model, x, y = models.functional()
    watch = GradientWatch(tmp_path, every=2, csv=tmp_path / "gradients.csv", histograms="all")
    model.fit(x, y, batch_size=16, epochs=2, verbose=0, callbacks=[watch])
    return watch, tmp_path


def events(directory):
    for path in sorted((directory / "gradients").iterdir()):
        yield from event_file_loader.LegacyEventFileLoader(str(path)).Load()


def values(directory):
    """Tag -> step -> `Summary.Value`."""
    found = collections.defaultdict(dict)
    for event in events(directory):
        for value in event.summary.value:
            found[value.tag][event.step] = value
    return found


def test_csv_is_the_table(run):
    watch, directory = run
    table = pd.read_csv(directory / "gradients.csv")
    assert tuple(table.columns) == COLUMNS
    pd.testing.assert_frame_equal(table, watch.to_pandas())
    assert list(table.step.unique()) == [0, 2, 4]
    assert list(table.epoch.unique()) == [0, 1]
    assert list(table.batch.unique()) == [0, 2, 1]


def test_scalars_are_the_columns_of_the_table(run):
    watch, directory = run
    found = values(directory)
    tags = {
        "gradient_norm": "norm",
        "zero_fraction": "zero_fraction",
        "dead_fraction": "dead_fraction",
        "update_ratio": "update_ratio",
    }
    for row in watch.to_pandas().itertuples():
        for tag, column in tags.items():
            points, expected = found[f"{tag}/{row.weight}"], getattr(row, column)
            if np.isnan(expected):  # The update ratio of a weight that was 0.
                assert row.step not in points
                continue
            assert points[row.step].simple_value == pytest.approx(expected, rel=1e-5, abs=1e-12)


def test_global_and_layer_norms(run):
    watch, directory = run
    table, found = watch.to_pandas(), values(directory)
    for step, rows in table.groupby("step"):
        norm = found["gradient_norm/global"][step].simple_value
        assert norm == pytest.approx(np.sqrt((rows.norm**2).sum()), rel=1e-5)
        for layer, of_layer in rows.groupby("layer"):
            norm = found[f"layer_gradient_norm/{layer}"][step].simple_value
            assert norm == pytest.approx(np.sqrt((of_layer.norm**2).sum()), rel=1e-5)


def test_curves_of_all_gradients_together(run):
    watch, directory = run
    table, found = watch.to_pandas(), values(directory)
    for step, rows in table.groupby("step"):
        seen = {name: found[f"all/{name}"][step].simple_value for name in TOTALS}
        layers = np.sqrt((rows.norm**2).groupby(rows.layer).sum())
        zeros = (rows.zero_fraction * rows["size"]).sum() / rows["size"].sum()
        ratios = rows.update_ratio.dropna().sort_values()
        assert seen == pytest.approx(
            {
                "gradient_norm": np.sqrt((rows.norm**2).sum()),
                "smallest_layer_norm": layers.min(),
                "zero_fraction": zeros,
                "dead_fraction": rows.dead_fraction.mean(),
                "update_ratio": ratios.iloc[(len(ratios) - 1) // 2],
                "ill_weights": 0,
            },
            rel=1e-5,
        )


def test_totals_leave_out_what_is_missing_and_count_what_is_ill():
    one = gradient_logs.record(200)  # 2 are missing, 2 zero, 2 not finite.
    norms = np.array([[np.nan, 0.5, 0.25]])
    together = dict(zip(TOTALS, totals(Records.of(one), norms)[0], strict=True))
    assert together["ill_weights"] == 6
    assert together["smallest_layer_norm"] == 0.25
    assert together["dead_fraction"] == pytest.approx((8 * 0.25 + 2) / 10)
    assert np.isfinite(together["update_ratio"])
    everything = dataclasses.replace(one, missing=np.ones(12, bool))
    for name in ("zero_fraction", "dead_fraction"):
        nothing = totals(Records.of(everything), norms * np.nan)[0]
        assert np.isnan(nothing[TOTALS.index(name)])


@pytest.mark.parametrize(
    ("count", "scalars", "charts"),
    [(32, True, 32 * 9 + 7), (33, True, 18), (33, "all", 33 * 9 + 7), (33, False, 0)],
)
def test_a_model_of_many_weights_has_few_charts(tmp_path, count, scalars, charts):
    described = gradient_logs.weights([f"layer{i}" for i in range(count)])
    one = gradient_logs.record(0, described)
    statistics = {name: np.nan_to_num(column, nan=0.25) for name, column in one.statistics.items()}
    output = tensorboard.TensorBoard(tmp_path, scalars)
    output.write(dataclasses.replace(one, statistics=statistics, missing=one.missing & False))
    output.close()
    found = values(tmp_path)
    tags = [tag for tag, points in found.items() if points[0].HasField("simple_value")]
    assert len(tags) == charts
    assert not charts or min(tags).startswith("all/"), "what TensorBoard shows first"
    assert named_in_layout(found) <= set(found)
    assert len(found["gradwatch/statistics/0"]) == 1


def test_histograms_hold_every_element(run):
    watch, directory = run
    found = values(directory)
    for row in watch.to_pandas().itertuples():
        linear = tensor_util.make_ndarray(found[f"gradient/{row.weight}"][row.step].tensor)
        assert linear[:, 2].sum() == row.size
        assert (linear[:, 0] <= linear[:, 1]).all()
        assert (linear[1:, 0] >= linear[:-1, 1]).all()
        assert linear[0, 0] <= row.max_abs
        assert max(-linear[0, 0], linear[-1, 1]) >= row.max_abs
        magnitude = tensor_util.make_ndarray(found[f"gradient_log10/{row.weight}"][row.step].tensor)
        nonzero = round((1 - row.zero_fraction) * row.size)
        assert magnitude[:, 2].sum() == nonzero


def test_one_event_a_sampled_step(run):
    _, directory = run
    steps = [event.step for event in events(directory) if len(event.summary.value) > 2]
    assert steps == [0, 2, 4]


def test_tensorboard_loads_the_run(run):
    _, directory = run
    accumulator = event_accumulator.EventAccumulator(str(directory / "gradients"))
    accumulator.Reload()
    assert "gradient_norm/global" in accumulator.Tags()["scalars"]
    assert len(accumulator.Scalars("gradient_norm/global")) == 3


def test_layout_names_tags_that_exist(run):
    _, directory = run
    found = values(directory)
    assert len(named_in_layout(found)) > 5
    assert named_in_layout(found) <= set(found)
    assert [category.closed for category in layout_in(found).category] == [False, True]


def layout_in(found):
    (value,) = found["custom_scalars__config__"].values()
    return layout_pb2.Layout.FromString(value.tensor.string_val[0])


def named_in_layout(found):
    if "custom_scalars__config__" not in found:
        return set()
    categories = layout_in(found).category
    tags = [tag for c in categories for chart in c.chart for tag in chart.multiline.tag]
    return {tag.removesuffix("$").replace("\\", "") for tag in tags}


@pytest.mark.parametrize("count", [0, 1, 12, 13, 100])
def test_layout_opens_on_a_few_layers(count):
    described = gradient_logs.weights([f"layer{i}" for i in range(count)])
    text = tensorboard._layout(Curves(described, of_each=True)).tensor.string_val[0]
    layout = layout_pb2.Layout.FromString(text)
    tags = layout.category[0].chart[1].multiline.tag
    assert min(count, 7) <= len(tags) <= curves.SOME_LAYERS
    assert list(tags[:1]) == ["layer_gradient_norm/layer0$"][:count]


def test_the_event_file_says_what_the_run_was(run):
    _, directory = run
    about = read_run(directory).about
    assert about["model"].startswith("functional")
    assert "every=2" in about["settings"]
    assert about["versions"].startswith("keras_gradwatch ")


def test_the_event_file_has_the_losses_that_fit_reports(run):
    _, directory = run
    progress = read_run(directory).progress
    assert progress.steps == [0, 2, 4]
    assert np.isfinite(progress.losses).all()


@pytest.mark.filterwarnings("ignore:Gradients do not exist")
@pytest.mark.filterwarnings("ignore::keras_gradwatch.GradientWarning")
def test_findings_are_written_as_text(tmp_path):
    model, x, y = models.eagerly(models.cut)()
    watch = GradientWatch(tmp_path, stop_on="missing")
    model.fit(x, y, verbose=0, callbacks=[watch])
    text = values(tmp_path)["findings"]
    assert b"step/kernel" in list(text.values())[-1].tensor.string_val[0]
    assert json.loads(json.dumps([finding.to_dict() for finding in watch.findings]))


def test_numbers_that_change_are_reported_once_more_at_the_end(tmp_path):
    def counting(history):
        yield Finding("vanishing", severity="info", weights=("w",), evidence={"n": history.count})

    model, x, y = models.eagerly(models.sequential)()
    watch = GradientWatch(tmp_path, every=1, rules=[counting])
    model.fit(x, y, batch_size=8, verbose=0, callbacks=[watch])
    assert watch.findings[0].evidence["n"] > 2
    written = values(tmp_path)["gradwatch/findings"]
    numbers = [
        json.loads(v.tensor.string_val[0])["findings"][0]["evidence"] for v in written.values()
    ]
    assert [number["n"] for number in numbers] == [1, watch.findings[0].evidence["n"]]


def test_no_histograms(tmp_path):
    model, x, y = models.eagerly(models.sequential)()
    model.fit(x, y, verbose=0, callbacks=[GradientWatch(tmp_path, histograms=False)])
    assert not [tag for tag in values(tmp_path) if tag.startswith(("gradient/", "gradient_log10/"))]


def test_every_counts_over_the_whole_fit():
    model, x, y = models.eagerly(models.sequential)()
    watch = GradientWatch(every=4)
    model.fit(x, y, batch_size=16, epochs=4, verbose=0, callbacks=[watch])
    assert list(watch.to_pandas().step.unique()) == [0, 4, 8]


def test_layers_table_names_each_layer_once():
    model, x, y = models.eagerly(models.functional)()
    watch = GradientWatch()
    model.fit(x, y, batch_size=16, verbose=0, callbacks=[watch])
    layers = watch.layers()
    assert layers.index.is_unique
    assert len(layers) == 4
    assert (layers.norm > 0).all()


def test_a_watch_shows_itself_in_a_notebook(run):
    watch, _ = run
    assert "<table" in watch._repr_html_()
    assert "conv2d" in watch._repr_html_()


def test_plot_draws_the_log_of_the_watch(run):
    pytest.importorskip("matplotlib").use("Agg")
    watch, _ = run
    assert watch.plot(kind="depth").lines


def test_long_trainings_write_fewer_of_what_tensorboard_does_not_show():
    written = [n for n in range(10_000) if thinning.is_due(n, thinning.HISTOGRAMS)]
    assert written[:128] == list(range(128))
    counts = [sum(n < length for n in written) for length in (500, 1000, 5000, 10_000)]
    assert all(250 <= count <= 540 for count in counts)
    assert max(np.diff(written)) == 128  # Of the last half 54 are left.


def test_what_is_left_out_of_a_long_training_is_in_the_tab_and_the_table(tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "INTERVAL", 60.0)  # All but the first wait for the end of `fit`.
    monkeypatch.setattr(pipeline, "HISTOGRAMS", 2)
    monkeypatch.setattr(tensorboard, "SCALARS", 4)
    model, x, y = models.eagerly(models.sequential)()
    watch = GradientWatch(tmp_path, every=1)
    model.fit(x, y, batch_size=4, steps_per_epoch=8, verbose=0, callbacks=[watch])
    found = values(tmp_path)
    path = watch.to_pandas().weight.iloc[0]
    assert list(found[f"gradient_log10/{path}"]) == [0, 1, 2, 4]
    assert list(found[f"gradient_norm/{path}"]) == [0, 1, 2, 3, 4, 6]
    assert sum(len(found[f"gradwatch/statistics/{i}"]) for i in range(10)) == 8
    assert list(watch.to_pandas().step.unique()) == list(range(8))
