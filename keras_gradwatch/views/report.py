"""The report: findings, heat map and table of a run on one page that needs no server."""

import base64
import html
import json
import os
import pathlib
import re
import string
from typing import Any

import numpy as np

from keras_gradwatch.outputs import overview
from keras_gradwatch.views.plot import frame_of
from keras_gradwatch.views.tensorboard_plugin import STATIC
from keras_gradwatch.views.tensorboard_plugin.event_files import latest_findings, read_run
from keras_gradwatch.views.tensorboard_plugin.packing import pack, pack_progress
from keras_gradwatch.views.tensorboard_plugin.series import ABSENT, Series, from_frame

TEMPLATE = pathlib.Path(__file__).with_name("report.html")

_COLUMNS = {
    "norm": "norm",
    "zero_fraction": "zero fraction",
    "dead_fraction": "dead channels",
    "update_ratio": "update ratio",
}


def report(source: Any, path: str | os.PathLike = "report.html") -> str:
    """Writes the findings, the heat map and a table of a run as one HTML page.

    The page carries all that it needs, so it can be mailed, and opens without a server and
    without a network.

    Args:
        source: A `GradientWatch`, a `DataFrame` of its log, the path of its CSV log, or its
            TensorBoard log directory. The findings of a CSV log are taken from the TensorBoard
            run `gradients` in the same directory, where there is one.
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
    series, run = _series(source)
    if not series.steps:
        raise ValueError(f"`source` must hold at least one sampled step. Received: {run} without")
    pathlib.Path(path).write_text(page(series, run), encoding="utf-8")
    return os.fspath(path)


def page(series: Series, run: str) -> str:
    """Returns the page as text.

    Args:
        series: The run.
        run: Its name.
    """
    template = string.Template(TEMPLATE.read_text(encoding="utf-8"))
    return template.substitute(
        run=html.escape(run),
        summary=_summary(series),
        last_step=series.steps[-1],
        table=_table(series),
        style=(STATIC / "style.css").read_text(encoding="utf-8"),
        modules=_modules(),
        data=_data(series, run),
    )


def _series(source):
    if not isinstance(source, str | os.PathLike):
        findings = [finding.to_dict() for finding in getattr(source, "findings", [])]
        return from_frame(frame_of(source), findings), "this training"
    path = pathlib.Path(source)
    if path.is_dir():
        return read_run(path), path.name
    return from_frame(frame_of(path), latest_findings(path.parent)), path.name


def _summary(series):
    severities = [finding["severity"] for finding in series.findings]
    counts = [
        f"{severities.count(severity)} of severity {severity}"
        for severity in ("error", "warning", "info")
        if severity in severities
    ]
    found = f"{len(severities)} findings ({', '.join(counts)})" if counts else "no findings"
    return f"{len(series.weights)} weights, {len(series.steps)} sampled steps, {found}."


def _table(series):
    head = "".join(f"<th scope=col>{name}</th>" for name in ("weight", "shape", *_COLUMNS.values()))
    rows = "\n".join(_row(series, i) for i in range(len(series.weights)))
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"


def _row(series, i):
    weight = series.weights[i]
    numbers = [_written(series.statistics[name][-1, i]) for name in _COLUMNS]
    shape = str(tuple(weight["shape"]))
    cells = "".join(f"<td>{html.escape(text)}</td>" for text in (weight["path"], shape, *numbers))
    return f"<tr>{cells}</tr>"


def _written(value):
    if np.isnan(value):
        return "missing"
    if np.isinf(value):
        return "not finite"
    return "" if value == ABSENT else f"{value:.3g}"


def _data(series, run):
    content = {
        "run": run,
        "weights": series.weights,
        "findings": series.findings,
        "statistics": {name: _packed(series, name) for name in overview.STATISTICS},
        "progress": base64.b64encode(pack_progress(series.progress)).decode(),
    }
    return _inert(json.dumps(content))


def _packed(series, name):
    return base64.b64encode(pack({"steps": series.steps}, series.statistics[name].T)).decode()


def _modules() -> str:
    """The modules of the tab as an import map, which needs no file beside the page."""
    imports = {}
    for path in sorted(STATIC.glob("*.js")):
        text = re.sub(r'from "\./', 'from "', path.read_text(encoding="utf-8"))
        code = base64.b64encode(text.encode()).decode()
        imports[path.name] = f"data:text/javascript;base64,{code}"
    return _inert(json.dumps({"imports": imports}))


def _inert(text):
    """JSON that cannot end the script element it stands in."""
    return text.replace("<", "\\u003c")
