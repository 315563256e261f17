"""Draws a healthy and an ill training of each rule, as the pages of the rules show them.

python -m benchmarks.detection.pictures [--to docs/images/rules]
"""

import argparse
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib import pyplot as plt

from benchmarks.detection.logs import Run
from benchmarks.detection.training import RUNS
from keras_gradwatch import default_rules
from keras_gradwatch.monitor.window import Window
from keras_gradwatch.rules.scale import beside_other_layers, features, kernels

LEAST = 1e-12
"""What is smaller is drawn here, 0 among it: the axis has no place for it."""


def _norm(window):
    """The norm of each kernel; a missing one is drawn as one that is not finite."""
    return np.nan_to_num(window.latest["norm"], nan=np.inf)


def _dead(window):
    return window.latest["dead_fraction"]


def _update(window):
    return window.latest["update_ratio"]


def _loss(window):
    return np.nan_to_num([window.latest.loss], nan=np.inf)


def _reach(window):
    return np.array([window.latest.reach])


def _quotient(window):
    return window.latest["norm"] / np.maximum(window.latest["weight_norm"], LEAST)


def _strength(window):
    return beside_other_layers(window, 1)[0]


def _features(window):
    return features(window, window.latest)


_PENALTY = "missed__a_penalty_by_add_loss_on_a_dead_layer"
PICTURES = {
    "missing": (_norm, "gradient norm", "mnist_convnet", "frozen_encoder"),
    "non_finite": (_norm, "gradient norm", "nbeats", "deep_residual"),
    "lost_loss": (_loss, "loss", "mnist_convnet", "nan_divergence"),
    "zero": (_norm, "gradient norm", "mnist_convnet", "hidden_by_l2"),
    "penalty_only": (
        _quotient,
        "gradient / weight",
        "third-penalty_by_add_loss",
        f"third-{_PENALTY}",
    ),
    "amplified": (_features, "input of a layer", "nbeats", "first-exploding__recurrence_above_one"),
    "overshooting": (_reach, "reach of a step", "housing", "overshooting_linear"),
    "vanishing": (_strength, "beside other layers", "nbeats", "deep_sigmoid"),
    "saturated": (_norm, "gradient norm", "mnist_convnet", "first-saturated__tanh_on_raw_pixels"),
    "dead_channels": (_dead, "dead channels", "mnist_convnet", "lstm_too_fast"),
    "creeping": (_reach, "reach of a step", "housing", "sales_in_cents"),
    "standing_still": (_update, "update ratio", "mnist_convnet", "decayed_to_zero"),
}
"""For each rule what it looks at, and a healthy and an ill training of `runs`."""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=Path("docs/images/rules"), help="folder")
    folder = parser.parse_args().to
    matplotlib.rcParams["font.size"] = 8
    for rule in default_rules():
        figure = draw(rule, *PICTURES[rule.__name__])
        figure.savefig(folder / f"{rule.__name__}.png", dpi=80, metadata={"Software": None})
        plt.close(figure)


def draw(rule, measure, label, healthy, ill):
    """Draws two trainings beside each other.

    Args:
        rule: The rule.
        measure: Function of a window that gives an array: one number for each weight, or one.
        label: What the axis is.
        healthy: Name of a healthy training.
        ill: Name of one that the rule speaks of.
    """
    figure, axes = plt.subplots(1, 2, figsize=(6.4, 2), sharey=True, layout="constrained")
    for axis, kind, name in zip(axes, ("healthy", "faulty"), (healthy, ill), strict=True):
        run = run_of(kind, name)
        # A share has a place for 0.
        axis.set(yscale="linear" if measure is _dead else "log", xlabel="step", title=_title(run))
        _draw(axis, *_replayed(rule, measure, run))
    axes[0].set_ylabel(label)
    return figure


def run_of(kind, name):
    """Returns a kept training: `name` of `programs`, or `set-name`."""
    of, _, name = name.rpartition("-")
    return Run.load(RUNS / f"{of or 'programs'}-{kind}-{name}.npz")


def _title(run):
    return run.name.rpartition(": ")[2].replace("_", " ")


def _replayed(rule, measure, run):
    """The steps, a line for each kernel, which of them are concerned, and since which step."""
    lines, concerned, first = [], set(), None
    window = Window()
    for record in run.records:
        window.add(record)
        for finding in rule(window):
            concerned |= set(finding.weights or record.weights)
            first = record.step if first is None else first
        values = np.asarray(measure(window), float)
        lines.append(values if len(values) == 1 else values[kernels(window)])
    paths = [
        w.path for w, is_kernel in zip(window.weights, kernels(window), strict=True) if is_kernel
    ]
    is_ill = [path in concerned for path in paths]
    lines = np.array(lines)
    if lines.shape[1] == 1:
        is_ill = [first is not None]
    return [record.step for record in run.records], lines.T, is_ill, first


def _draw(axis, steps, lines, is_ill, first):
    """Draws the lines, with a cross at the top for what is not finite."""
    for line, ill in zip(lines, is_ill, strict=True):
        color = "tab:red" if ill else "tab:blue"
        drawn = np.where(np.isfinite(line), line, np.nan)
        axis.plot(steps, np.maximum(drawn, LEAST), color=color, linewidth=0.8)
        lost = np.array(steps)[np.isinf(line)]
        axis.plot(
            lost,
            np.full(len(lost), 0.97),
            "x",
            color=color,
            markersize=3,
            transform=axis.get_xaxis_transform(),
        )
    if first is not None:
        axis.axvline(first, color="black", linestyle="--", linewidth=0.8)
    axis.set_xlim(-0.02 * steps[-1], steps[-1])


if __name__ == "__main__":
    main()
