"""The table of the layers: after a training, and live."""

import dataclasses
import io
import re
import sys

import gradient_logs
import models
import numpy as np
import pandas as pd
import pytest

from keras_gradwatch import Finding, GradientWatch
from keras_gradwatch.outputs import summary
from keras_gradwatch.outputs.trend import trends

COLUMNS = ["norm", "zero_fraction", "dead_fraction", "update_ratio"]


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def terminal(monkeypatch):
    """Rich takes what it writes to for a terminal without colors."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")


def cells_of(lines):
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "│" in line]


@pytest.mark.filterwarnings("ignore")
def test_the_summary_is_a_table_of_the_layers(capsys):
    model, x, y = models.cut()
    watch = GradientWatch(every=1)
    model.fit(x, y, batch_size=16, verbose=0, callbacks=[watch])
    watch.summary()
    title, *lines = capsys.readouterr().out.splitlines()
    assert title == repr(watch)
    for name in ("layer", "norm", "zero fraction", "update ratio", "trend", "findings"):
        assert name in lines[1]
    rows = cells_of(lines)
    layers = watch.layers()
    assert [row[0] for row in rows] == list(layers.index)
    step, classes = rows
    assert step[1:] == ["", "", "", "...", "missing"] or step[1:3] == ["0", "1"]  # JAX gives zeros.
    numbers = layers.loc[classes[0], ["norm", "zero_fraction", "update_ratio"]]
    assert classes[1:4] == [f"{number:.3g}" for number in numbers]
    assert re.fullmatch("[▁-█]{3}", classes[4])


def test_it_has_the_findings_of_a_layer_the_gravest_first(capsys):
    rows = [[12.3456, 0.25, 0.5, 0.00123], [float("nan")] * 4]
    layers = pd.DataFrame(rows, ["net/[a]", "net/[a]/b"], COLUMNS)
    found = [
        Finding("zero", severity="info", weights=("net/[a]/kernel",)),
        Finding("vanishing", severity="error", weights=("net/[a]/kernel", "net/c/kernel")),
        Finding("shape", layer="net/[a]/b"),
    ]
    summary.print_table(layers, found, "GradientWatch: a sentence", {"net/[a]": "█▇"})
    title, *lines = capsys.readouterr().out.splitlines()
    assert title == "GradientWatch: a sentence"
    assert cells_of(lines) == [
        ["net/[a]", "12.3", "0.25", "0.00123", "█▇", "vanishing, zero"],
        ["net/[a]/b", "", "", "", "", "shape"],
    ]


def test_it_is_written_in_ascii_where_no_more_can_be(monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    layers = pd.DataFrame([[1.0] * 4], ["net/a"], COLUMNS)
    summary.print_table(layers, [], "a sentence", {"net/a": "█▇▁0"})
    sys.stdout.flush()
    assert b"8710" in written.getvalue()


def test_a_trend_falls_a_bar_for_each_half():
    described = gradient_logs.weights(["a", "b"])
    one = gradient_logs.record(0, described)

    def at(*norms):
        """A record with these norms of `a`; `b` has a norm of 1."""
        missing = np.isnan(np.array([*norms, 0, 0]))
        statistics = one.statistics | {"norm": np.array([*norms, 1.0, 0.0])}
        return dataclasses.replace(one, statistics=statistics, missing=missing)

    none = float("nan")
    records = [at(8, none), at(4, none), at(0, none), at(none, none), at(np.inf, 0), at(1e-3, 0)]
    assert trends(records) == {"a": "█▇0.x▁", "b": "██████"}
    assert trends(records[:1] * 31 + [at(1, 0)])["a"] == "█" * 15 + "▅"


@pytest.mark.usefixtures("terminal")
def test_it_comes_after_each_epoch_below_the_bar(capsys):
    shown = fitted(capsys, live=True)
    parts = re.findall(r"Epoch \d/2|^Gradients at step \d+$|nothing wrong", shown, re.MULTILINE)
    assert parts == [
        *("Epoch 1/2", "Gradients at step 2", "Epoch 2/2", "Gradients at step 5", "nothing wrong")
    ]
    assert len(cells_of(shown.splitlines())) == 2 * 4


@pytest.mark.usefixtures("terminal")
def test_it_comes_once_a_minute_in_a_long_epoch_and_leaves_the_bar_whole(capsys, monkeypatch):
    monkeypatch.setattr(summary, "INTERVAL", 0)
    shown = fitted(capsys, live=True)
    steps = re.findall(r"^Gradients at step (\d+)$", shown, re.MULTILINE)
    assert len(steps) > 3
    assert sorted(set(steps)) == steps, "none comes twice"
    bars = re.findall(r"3/3.*loss: [\d.e+-]+", shown)
    assert len(bars) >= 2


def test_it_does_not_come_unasked_or_into_a_pipe(capsys, monkeypatch):
    assert "Gradients at step" not in fitted(capsys, live=True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "Gradients at step" not in fitted(capsys, live=False)


def fitted(capsys, **arguments):
    model, x, y = models.functional()
    watch = GradientWatch(every=1, **arguments)
    model.fit(x, y, batch_size=16, epochs=2, callbacks=[watch])
    return capsys.readouterr().out


def test_of_many_layers_it_shows_those_with_findings_and_some_others():
    layers = [f"net/{i}" for i in range(200)]
    found = [Finding("zero", weights=("net/77/kernel",)), Finding("zero", layer="net/150")]
    shown = summary._some(layers, found)
    assert {"net/0", "net/77", "net/150"} <= set(shown)
    assert len(shown) <= summary.MOST_ROWS
    assert shown == sorted(shown, key=layers.index)
    assert summary._some(layers[:20], found) == layers[:20]
