"""A run as the tab draws it: steps x weights for each statistic, read from TensorBoard."""

import ast
import bisect
import dataclasses
import json
import operator
from typing import Any

import numpy as np

from keras_gradwatch.findings import SEVERITIES, Finding
from keras_gradwatch.outputs import overview

ABSENT = -1.0
"""Drawn as empty: the weight was not part of the step. No statistic is negative."""

_DAMAGE = (ArithmeticError, AttributeError, LookupError, SyntaxError, TypeError, ValueError)
"""What code raises that is given other data than it was made for."""

MOST_STEPS = 100_000  # Of one tag: more than TensorBoard ever keeps.


class UnreadableRun(ValueError):
    """A run whose data the tab cannot show, with the reason as a sentence."""


@dataclasses.dataclass(frozen=True)
class Progress:
    """Where the training stood at some steps, which need not be those of the statistics.

    Args:
        steps: The steps, in order.
        epochs: The epoch of each.
        losses: The loss of each: NaN where none was reported, infinite where it is not finite.
    """

    steps: list[int]
    epochs: np.ndarray
    losses: np.ndarray


@dataclasses.dataclass(frozen=True)
class Series:
    """All that the tab knows about a run.

    Args:
        steps: The sampled steps, in order.
        weights: Path, layer, shape and optimizer of each weight, in the order of the model.
        statistics: For each name an array `[steps, weights]`: NaN where the gradient is
            missing, infinite where it is not finite, `ABSENT` where the weight took no part.
        findings: The findings that stand now, each as `Finding.to_dict()` gives it.
        progress: Epoch and loss.
        about: Model, versions and settings, as the training wrote them.
        withdrawn: The findings that were reported and do not stand any more, where they are known.
    """

    steps: list[int]
    weights: list[dict[str, Any]]
    statistics: dict[str, np.ndarray]
    findings: list[dict[str, Any]]
    progress: Progress
    about: dict[str, str] = dataclasses.field(default_factory=dict)
    withdrawn: list[dict[str, Any]] = dataclasses.field(default_factory=list)


def from_tensors(tags: dict[str, list]) -> Series:
    """Returns the series of a run.

    Args:
        tags: For each tag the `TensorDatum`s that TensorBoard kept.

    Raises:
        UnreadableRun: If another version of the package wrote the run, or it is damaged.
    """
    try:
        descriptions = [(d.wall_time, _json(d)) for d in tags.get(overview.WEIGHTS_TAG, [])]
        weights = _union([description["weights"] for _, description in descriptions])
        samples = _last_of_each_step(tags, overview.STATISTICS_TAG)
        return Series(
            steps=[datum.step for datum in samples],
            weights=weights,
            statistics=_matrices(samples, descriptions, weights),
            findings=_findings(tags.get(overview.FINDINGS_TAG, [])),
            progress=_progress(_last_of_each_step(tags, overview.PROGRESS_TAG)),
            about=descriptions[-1][1].get("about", {}) if descriptions else {},
        )
    except UnreadableRun:
        raise
    except _DAMAGE as error:
        raise UnreadableRun(f"The data of this run is damaged ({error!r}).") from error


def from_frame(frame, findings=()):
    """Returns the `Series` of a CSV log.

    Args:
        frame: `pandas.DataFrame` with the columns of the log.
        findings: The findings, each as `Finding.to_dict()` gives it.

    Raises:
        UnreadableRun: If the log is damaged.
    """
    try:
        return _of_frame(frame, findings)
    except _DAMAGE as error:
        raise UnreadableRun(f"The log is damaged ({error!r}).") from error


def _of_frame(frame, findings):
    described = frame.drop_duplicates("weight")[["weight", "layer", "shape", "optimizer"]]
    weights = [
        {"path": path, "layer": layer, "shape": _shape(shape), "optimizer": optimizer}
        for path, layer, shape, optimizer in described.itertuples(index=False)
    ]
    steps, row = np.unique(frame["step"].to_numpy(), return_inverse=True)
    columns = {weight["path"]: i for i, weight in enumerate(weights)}
    column = [columns[path] for path in frame["weight"]]
    matrices = np.full((len(overview.STATISTICS), len(steps), len(weights)), ABSENT, "float32")
    matrices[:, row, column] = _marked(_rows(frame))
    statistics = dict(zip(overview.STATISTICS, matrices, strict=True))
    return Series(steps.tolist(), weights, statistics, list(findings), _epochs(frame))


def _shape(shape):
    """A CSV file has shapes as text."""
    sizes = ast.literal_eval(shape) if isinstance(shape, str) else shape
    return tuple(map(operator.index, sizes))


def _rows(frame):
    rows = frame[list(overview.STATISTICS)].to_numpy("float32").T.copy()
    rows[overview.STATISTICS.index("nonfinite"), frame["missing"].to_numpy(bool)] = overview.MISSING
    return rows


def _json(datum):
    content = json.loads(datum.numpy.item(), parse_constant=str)  # NaN is no JSON for a browser.
    _check_version(content["version"])
    return content


def _check_version(version):
    if version == overview.VERSION:
        return
    what = "a newer" if version > overview.VERSION else "an older"
    raise UnreadableRun(
        f"This run was written by {what} keras_gradwatch: its records have version {version}, "
        f"this TensorBoard reads version {overview.VERSION}. Install the same version of "
        "keras_gradwatch here as where the training runs."
    )


def _union(lists):
    """All weights that were ever described, in the order in which they first came."""
    weights = {weight["path"]: weight for described in lists for weight in described}
    return list(weights.values())


def _last_of_each_step(tags, prefix):
    """One datum a step: where a training was resumed, the last that was written."""
    data = [datum for tag in tags if tag.startswith(prefix) for datum in tags[tag]]
    by_step = {datum.step: datum for datum in sorted(data, key=lambda datum: datum.wall_time)}
    return [by_step[step] for step in sorted(by_step)]


def _matrices(samples, descriptions, weights):
    shape = len(overview.STATISTICS), len(samples), len(weights)
    matrices = np.full(shape, ABSENT, "float32")
    column = {weight["path"]: i for i, weight in enumerate(weights)}
    columns = [[column[w["path"]] for w in content["weights"]] for _, content in descriptions]
    times = [time for time, _ in descriptions]
    for i, datum in enumerate(samples):
        described = bisect.bisect_right(times, datum.wall_time) - 1
        matrices[:, i, columns[described]] = _marked(datum.numpy)
    return dict(zip(overview.STATISTICS, matrices, strict=True))


def _marked(rows):
    """The statistics of a step with its missing and non-finite gradients marked in each row."""
    nonfinite = rows[overview.STATISTICS.index("nonfinite")]
    marked = np.where(np.isfinite(rows), rows, 0)
    marked[:-1, nonfinite > 0] = np.inf
    marked[:, nonfinite == overview.MISSING] = np.nan
    return marked


def _progress(data):
    epochs = np.array([datum.numpy[0] for datum in data], "float32")
    losses = [_loss(datum.numpy[1]) if len(datum.numpy) > 1 else np.nan for datum in data]
    return Progress([datum.step for datum in data], epochs, np.array(losses, "float32"))


def _loss(value):
    return value if np.isfinite(value) else np.inf


def _epochs(frame):
    epochs = frame.groupby("step")["epoch"].first()
    unknown = np.full(len(epochs), np.nan, "float32")
    return Progress(epochs.index.tolist(), epochs.to_numpy("float32"), unknown)


def _findings(data):
    if not data:
        return []
    findings = _json(max(data, key=lambda datum: datum.wall_time))["findings"]
    return [_checked(finding) for finding in findings]


def _checked(finding):
    """A finding as the page and the report take it: of a known severity, and with all its parts."""
    needed = {field.name for field in dataclasses.fields(Finding)}
    needed.remove("code")  # Version 0.1 had none.
    if not needed <= finding.keys() or finding["severity"] not in SEVERITIES:
        raise ValueError(f"no finding: {finding!r:.200}")
    return finding
