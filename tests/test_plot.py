"""Pictures of a log."""

import builtins

import gradient_logs
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")

from matplotlib import pyplot as plt

from keras_gradwatch.views.plot import plot


@pytest.fixture
def log(tmp_path):
    gradient_logs.write_table(tmp_path / "gradients.csv")
    yield tmp_path / "gradients.csv"
    plt.close("all")


@pytest.mark.parametrize("kind", ["heatmap", "depth", "update_ratio"])
def test_every_kind_returns_axes_with_a_picture(log, tmp_path, kind):
    ax = plot(log, kind=kind)
    ax.figure.savefig(tmp_path / "picture.png", dpi=40)
    assert (tmp_path / "picture.png").stat().st_size > 2000


def test_it_draws_on_given_axes(log):
    _, ax = plt.subplots()
    assert plot(pd.read_csv(log), kind="depth", ax=ax) is ax


def test_heatmap_has_the_norms_in_model_order(log):
    (mesh,) = plot(log).collections
    expected = gradient_logs.record(20)["norm"]
    drawn = np.ma.filled(mesh.get_array(), np.nan)
    np.testing.assert_allclose(drawn[6:8, 2], expected[6:8], rtol=1e-5)
    assert np.isnan(drawn[:2]).all()


def test_heatmap_names_the_states_that_occur(log):
    frame = pd.read_csv(log)
    names = [text.get_text() for text in plot(frame).get_legend().get_texts()]
    assert names == ["NaN or infinite", "missing", "exactly zero"]
    early = plot(frame[frame["step"] < 100]).get_legend().get_texts()
    assert [text.get_text() for text in early] == ["missing", "exactly zero"]


def test_depth_leaves_out_what_has_no_norm(log):
    line = plot(log, kind="depth").get_lines()[0]
    assert np.flatnonzero(np.isfinite(line.get_ydata())).tolist() == [1, 3, 5]
    norms = gradient_logs.record(290)["norm"]
    assert line.get_ydata()[5] == pytest.approx((norms[10:] ** 2).sum() ** 0.5, rel=1e-5)


def test_depth_marks_what_has_no_norm(log):
    ax = plot(log, kind="depth")
    marked = {mark.get_label(): mark.get_offsets()[:, 0].tolist() for mark in ax.collections[1:]}
    assert marked == {
        "NaN or infinite at step 290": [4],
        "missing at step 290": [0],
        "exactly zero at step 290": [2],
    }


def test_update_ratio_has_a_median_a_band_and_the_five_farthest_from_usual(log):
    frame = pd.read_csv(log)
    ax = plot(frame, kind="update_ratio")
    lines = {line.get_label(): line for line in ax.get_lines()}
    named = [name for name in lines if "/" in name]
    last = frame[(frame["step"] == 290) & (frame["update_ratio"] > 0)].set_index("weight")
    far = np.log10(last["update_ratio"] / 1e-3).abs().sort_values(ascending=False)
    assert named == far.index[:5].tolist()
    median = frame[(frame["step"] == 100) & (frame["update_ratio"] > 0)]["update_ratio"].median()
    assert lines["median of the weights"].get_ydata()[10] == pytest.approx(median)
    assert "2 not updated" in ax.get_title()


@pytest.mark.parametrize("kind", ["heatmap", "depth", "update_ratio"])
def test_every_kind_says_what_it_shows_and_in_which_units(log, kind):
    ax = plot(log, kind=kind)
    texts = [ax.get_title(), ax.get_xlabel() or ax.get_ylabel()]
    texts += [other.get_ylabel() for other in ax.figure.axes]
    assert all(texts[:2])
    assert any("norm" in text for text in texts)
    assert ax.get_legend() is not None


def test_a_log_without_a_step_is_refused(log):
    with pytest.raises(ValueError, match="at least one sampled step"):
        plot(pd.read_csv(log).iloc[:0])


def test_names_are_no_formulas(log, tmp_path):
    frame = pd.read_csv(log)
    frame["weight"] = frame["layer"] = "$\\frac{" + frame["weight"] + "$"
    for kind in ("heatmap", "depth", "update_ratio"):
        plot(frame, kind=kind).figure.savefig(tmp_path / "picture.png", dpi=40)


@pytest.mark.parametrize("source", [3, None, pd.DataFrame({"step": [1]})])
def test_what_is_no_log_is_refused(source):
    with pytest.raises(ValueError, match="`source` must"):
        plot(source)


def test_kind_is_checked(log):
    with pytest.raises(ValueError, match="`kind` must be one of"):
        plot(log, kind="pie")


def test_without_matplotlib_the_message_says_what_to_install(log, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'keras-gradwatch\[plot\]'"):
        plot(log)
