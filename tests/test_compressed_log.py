"""A CSV log whose name ends in `.gz` is compressed, and is the same log in all else."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rule_records import MISSING, record

from keras_gradwatch import plot
from keras_gradwatch.outputs.table import Table
from keras_gradwatch.record import Records
from keras_gradwatch.views.report import report


def written(path, steps):
    table = Table(path)
    table.begin(steps[0])
    for step in steps:
        table.write(record(step, one_bias=MISSING))
    table.close()
    return table


def test_it_reads_as_the_plain_one_does(tmp_path):
    plain = written(tmp_path / "log.csv", range(50))
    packed = written(tmp_path / "log.csv.gz", range(50))
    pd.testing.assert_frame_equal(pd.read_csv(packed.path), plain.to_pandas())
    pd.testing.assert_frame_equal(packed.to_pandas(), plain.to_pandas())


def test_the_report_and_the_pictures_read_it(tmp_path):
    pytest.importorskip("matplotlib").use("Agg")
    for name in ("log.csv", "log.csv.gz"):
        written(tmp_path / name, range(10))
    pages = [report(tmp_path / name, tmp_path / "r.html") for name in ("log.csv", "log.csv.gz")]
    assert "one/bias" in Path(pages[1]).read_text()
    drawn = [plot(tmp_path / name) for name in ("log.csv", "log.csv.gz")]
    rows = [[label.get_text() for label in axes.get_yticklabels()] for axes in drawn]
    assert rows[0] == rows[1] != []


def test_it_is_smaller(tmp_path):
    records = Records.of(*(record(step) for step in range(100)))
    for name in ("log.csv", "log.csv.gz"):
        Table(tmp_path / name).write_all(records)
    assert os.path.getsize(tmp_path / "log.csv.gz") * 4 < os.path.getsize(tmp_path / "log.csv")


@pytest.mark.parametrize("step", [0, 3, 10])
def test_a_training_that_goes_on_replaces_the_rows_from_its_step_on(tmp_path, step):
    path = tmp_path / "log.csv.gz"
    written(path, range(10))
    written(path, range(step, step + 2))
    assert pd.read_csv(path).step.unique().tolist() == [*range(step), step, step + 1]
    assert [name for name in os.listdir(tmp_path) if not name.endswith(".lock")] == ["log.csv.gz"]


def test_what_was_cut_off_is_lost_alone(tmp_path):
    path = tmp_path / "log.csv.gz"
    written(path, range(10))
    content = path.read_bytes()
    path.write_bytes(content[:-40])
    written(path, [20])
    steps = pd.read_csv(path).step.tolist()
    assert steps[:27] == [step for step in range(9) for _ in range(3)]
    assert steps[-3:] == [20] * 3
    assert len(steps) < 33


def test_a_file_that_is_no_log_is_left_alone(tmp_path):
    path = tmp_path / "log.csv.gz"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError, match="it is not a log of gradients"):
        Table(path).begin(0)
    assert path.read_bytes() == b"mine"


def test_a_log_that_cannot_go_on_moves_with_its_rows(tmp_path):
    table = Table(tmp_path / "log.csv.gz")
    table.write(record(0))
    moved = table.moved()
    moved.write(record(1))
    assert np.unique(moved.to_pandas().step).tolist() == [0, 1]
