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
    assert np.flatnonzero(np.isfinite(line.get_ydata())).tolist() == [2, 3, 6, 7, 10, 11]


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
