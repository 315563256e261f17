"""Log directories made by hand, for the tests of the tab and of the report."""

import csv

import numpy as np
from tensorboard.compat.proto.summary_pb2 import Summary

from keras_gradwatch.findings import Finding, Location
from keras_gradwatch.outputs.event_file import EventFile
from keras_gradwatch.outputs.overview import Overview
from keras_gradwatch.record import COLUMNS, STATISTICS, Record, Records
from keras_gradwatch.weights import Weight

LAYERS = ("stem/conv", "block1/conv", "block1/norm", "block2/conv", "block2/norm", "head/dense")
FINDING = Finding(
    "missing",
    cause="non-differentiable",
    severity="error",
    weights=("stem/conv/kernel", "stem/conv/bias"),
    layer="stem/conv",
    op="Cast",
    location=Location("my_layers.py", 14, "custom_activation", "return tf.cast(x > 0, tf.float32)"),
    message="stem/conv/kernel (3, 3, 8) gets no gradient",
    explanation="A comparison has no derivative: the gradient reaches its output and stops.",
    remedy="Use a differentiable activation (relu, sigmoid), or a straight-through estimator.",
    evidence={
        "path": [{"name": "loss", "norm": 1.0}, {"name": "[here]", "norm": None}],
        "norm": float("nan"),
    },
    step=0,
    epoch=0,
)
LATER = Finding(
    "non-finite",
    severity="warning",
    weights=("block2/norm/kernel",),
    layer="block2/norm",
    message="block2/norm/kernel has 3 non-finite elements",
    step=150,
    epoch=1,
)


def weights(layers=LAYERS):
    """A kernel and a bias for each layer."""
    return tuple(
        Weight(f"{layer}/{name}", layer, shape, "adam")
        for layer in layers
        for name, shape in (("kernel", (3, 3, 8)), ("bias", (8,)))
    )


def record(step, described=None, seed=0):
    """A step in which the first layer is missing, the third is zero, and the fifth goes bad."""
    described = described or weights()
    count = len(described)
    rng = np.random.default_rng([seed, step])
    values = {name: np.full(count, 0.25) for name in STATISTICS} | {"nonfinite": np.zeros(count)}
    values["norm"] = np.exp(rng.normal(-np.linspace(0, 6, count)[::-1], 0.3))
    values["update_ratio"] = values["norm"] * 1e-3
    missing = np.zeros(count, bool)
    missing[:2] = True
    for name in STATISTICS:
        values[name][missing] = np.nan
    for name in ("norm", "mean", "std", "max_abs", "update_ratio"):
        values[name][4:6] = 0
    values["zero_fraction"][4:6] = values["dead_fraction"][4:6] = 1
    if step >= 150:
        values["norm"][8:10], values["nonfinite"][8:10] = np.nan, 3
    alive = tuple(np.ones(weight.channels, bool) for weight in described)
    when = step, step // 100, step % 100, 1e9 + step
    return Record(*when, described, values, missing, alive, loss=loss(step))


def loss(step):
    """The loss at a step: it falls."""
    return float(np.exp(-step / 100))


def write_run(
    directory, steps=range(0, 300, 10), described=None, findings=(FINDING, LATER), about=None
):
    """Writes the run that the tab reads, without scalars and histograms."""
    overview, file = Overview(about), EventFile(str(directory))
    for step in steps:
        one = record(step, described)
        file.add([(step, one.wall_time, *overview.summaries(Records.of(one)))])
    last = _summary([overview.findings_value(list(findings))])
    file.add([(max(steps), 1e9 + max(steps), last)])
    file.close()


def _summary(values):
    return Summary(value=list(values)).SerializeToString()


def write_table(path, steps=range(0, 300, 10)):
    """Writes a CSV log as `GradientWatch(csv=path)` does."""
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for step in steps:
            writer.writerows(_rows(record(step)))


def _rows(one):
    for i, weight in enumerate(one.weights):
        numbers = ["" if np.isnan(one[name][i]) else one[name][i] for name in STATISTICS]
        yield [
            *(one.step, one.epoch, one.batch, weight.optimizer, weight.layer, weight.path),
            *(weight.shape, weight.size, *numbers, bool(one.missing[i])),
        ]
