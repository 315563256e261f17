"""The report: verdict, findings, heat map and table of a run on one page that needs no server."""

import dataclasses
import datetime
import os
import pathlib
from typing import Any

from keras_gradwatch.outputs.source_lines import with_source
from keras_gradwatch.views.page import page
from keras_gradwatch.views.plot import frame_of
from keras_gradwatch.views.tensorboard_plugin.event_files import (
    event_files,
    read_run,
    run_beside,
)
from keras_gradwatch.views.tensorboard_plugin.series import Series, from_frame

_NEEDED = ("epoch", "layer", "shape", "optimizer")


def report(source: Any, path: str | os.PathLike = "report.html") -> str:
    """Writes the findings, the heat map and a table of a run as one HTML page.

    The page carries all that it needs, so it can be mailed, and opens without a server and
    without a network. On paper it shows everything, the ill weights first.

    Args:
        source: A `GradientWatch`, a `DataFrame` of its log, the path of its CSV log, or its
            TensorBoard log directory. The findings of a CSV log are taken from the TensorBoard
            run `gradients` in the same directory, where there is one. Only a watch knows which
            findings were withdrawn: they stand under "Earlier".
        path: Where to write the page.

    Returns:
        The path of the page.

    Raises:
        ValueError: If `source` is none of these, or holds no data.

    Example:

    ```python
    report("logs/run1/gradients.csv", "logs/run1/report.html")
    ```
    """
    series, run, written = _series(source)
    if not series.steps:
        raise ValueError(f"`source` must hold at least one sampled step. Received: {run} without")
    text = page(series, run, written)  # A path that is no UTF-8 holds lone surrogates.
    pathlib.Path(path).write_text(text, encoding="utf-8", errors="backslashreplace")
    return os.fspath(path)


def _series(source) -> tuple[Series, str, datetime.datetime]:
    """The run, its name, and when it was written."""
    if not isinstance(source, str | os.PathLike):
        findings, withdrawn = (
            [with_source(finding) for finding in getattr(source, name, [])]
            for name in ("findings", "withdrawn")
        )
        series = from_frame(_complete(frame_of(source)), findings)
        about = getattr(source, "about", {})
        series = dataclasses.replace(series, about=about, withdrawn=withdrawn)
        return series, "this training", datetime.datetime.now()
    path = pathlib.Path(source)
    if path.is_dir():
        return read_run(path), path.resolve().name, _written(path)
    series = from_frame(_complete(frame_of(path)))
    return _with_run_beside(series, path.parent), path.name, _written(path)


def _complete(frame):
    lacking = [name for name in _NEEDED if name not in frame.columns]
    if lacking:
        raise ValueError(
            "`source` must have the columns of a gradient log. "
            f"Received: a table without the columns {lacking}"
        )
    return frame


def _with_run_beside(series, directory):
    """The series of a CSV log with what only an event file holds."""
    run = run_beside(directory)
    if run is None:
        return series
    progress = run.progress if run.progress.steps else series.progress
    return dataclasses.replace(series, findings=run.findings, progress=progress, about=run.about)


def _written(path):
    files = [path] if path.is_file() else event_files(path)
    newest = max(file.stat().st_mtime for file in files)
    return datetime.datetime.fromtimestamp(newest)
