"""Pictures of a log with matplotlib: heat map, gradient flow over depth, update ratios."""

import os
from typing import Any

import numpy as np

_KINDS = ("heatmap", "depth", "update_ratio")
_NEEDED = ("step", "weight", "norm", "update_ratio", "nonfinite", "missing")
_USUAL_UPDATE = 1e-3
_MOST_NAMES = 40
_MOST_LABELS = 20
_STATES = {
    "NaN or infinite": ("#d9480f", "xx"),
    "missing": ("#e9e9ee", "///"),
    "exactly zero": ("#16161a", ".."),
}


def plot(source, kind="heatmap", ax=None):
    """Draws a log of gradients.

    - `"heatmap"`: gradient norm of each weight at each sampled step, on a logarithmic scale, with
      colors of their own for gradients that are missing, exactly zero, or not finite.
    - `"depth"`: gradient norm over the weights in the order of the model: the last step, and the
      range over all steps. A gradient that vanishes or explodes is a slope.
    - `"update_ratio"`: size of the update over the size of the weight, a line for each weight.

    Args:
        source: A `GradientWatch`, a `DataFrame` of its log, or the path of its CSV log.
        kind: `"heatmap"`, `"depth"` or `"update_ratio"`.
        ax: `matplotlib.axes.Axes` to draw on; `None` for a new figure.

    Returns:
        The `Axes`.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If an argument is not as described.

    Example:

    ```python
    ax = plot("logs/run1/gradients.csv", kind="depth")
    ax.figure.savefig("depth.png")
    ```
    """
    if kind not in _KINDS:
        raise ValueError(f"`kind` must be one of {_KINDS}. Received: kind={kind!r}")
    frame = frame_of(source)
    draw = {"heatmap": _heatmap, "depth": _depth, "update_ratio": _update_ratio}[kind]
    return draw(frame, _new_axes(frame) if ax is None else ax)


def frame_of(source):
    """Returns the log as a `pandas.DataFrame`.

    Args:
        source: A `GradientWatch`, a `DataFrame` of its log, or the path of its CSV log.

    Raises:
        ValueError: If `source` is none of these.
    """
    import pandas as pd

    if hasattr(source, "to_pandas"):
        source = source.to_pandas()
    elif isinstance(source, str | os.PathLike):
        source = pd.read_csv(source)
    if not isinstance(source, pd.DataFrame):
        raise ValueError(
            "`source` must be a GradientWatch, a DataFrame or the path of a CSV log. "
            f"Received: source={source!r}"
        )
    lacking = [name for name in _NEEDED if name not in source.columns]
    if lacking:
        raise ValueError(
            "`source` must have the columns of a gradient log. "
            f"Received: a table without the columns {lacking}"
        )
    return source


def _new_axes(frame):
    try:
        from matplotlib import pyplot as plt
    except ImportError as error:
        raise ImportError(
            "Pictures need matplotlib: pip install 'keras-gradwatch[plot]'"
        ) from error
    height = min(2 + 0.24 * frame["weight"].nunique(), 12)
    _, ax = plt.subplots(figsize=(9, max(height, 3.5)), layout="constrained")
    return ax


def _matrix(frame, column):
    """Weights x steps, in the order of the model."""
    table = frame.pivot_table(index="weight", columns="step", values=column, dropna=False)
    return table.reindex(frame["weight"].unique())


def _heatmap(frame, ax):
    from matplotlib.colors import LogNorm

    norms = _matrix(frame, "norm")
    values = norms.to_numpy(float)
    usable = np.where(np.isfinite(values) & (values > 0), values, np.nan)
    edges = np.arange(values.shape[1] + 1), np.arange(values.shape[0] + 1)
    mesh = ax.pcolormesh(*edges, usable, norm=LogNorm(*_range(usable)), cmap="YlGnBu")
    ax.figure.colorbar(mesh, ax=ax, label="gradient norm", pad=0.02)
    _legend(ax, _states(frame, values))
    _name_rows(ax, norms.index)
    _name_steps(ax, norms.columns)
    return ax


def _range(values):
    if not np.isfinite(values).any():
        return 0.1, 1.0
    low, high = np.nanmin(values), np.nanmax(values)
    return max(low, high * 1e-12), high if high > low else high * 1.01


def _states(frame, values):
    """Where each state of its own is, in the order of `_STATES`."""
    nonfinite = _matrix(frame, "nonfinite").to_numpy(float) > 0
    missing = _matrix(frame.assign(missing=frame["missing"].astype(float)), "missing")
    return [nonfinite, missing.to_numpy() == 1, values == 0]


def _legend(ax, places):
    """Lays a hatched rectangle over each run of a state, and names the states that occur."""
    from matplotlib.patches import Patch

    handles = []
    for (name, (color, hatch)), where in zip(_STATES.items(), places, strict=True):
        ink = "white" if color == "#16161a" else "#55555f"
        style: dict[str, Any] = {
            "facecolor": color,
            "hatch": hatch,
            "edgecolor": ink,
            "linewidth": 0,
        }
        for row, start, end in _runs(where):
            ax.add_patch(_rectangle(row, start, end, style))
        if where.any():
            handles.append(Patch(label=name, **style))
    if handles:
        ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False)


def _rectangle(row, start, end, style):
    from matplotlib.patches import Rectangle

    return Rectangle((start, row), end - start, 1, **style)


def _runs(where):
    """Each row's stretches of true: (row, start, end)."""
    padded = np.pad(where.astype(np.int8), ((0, 0), (1, 1)))
    for row, changes in enumerate(np.diff(padded)):
        starts, ends = np.flatnonzero(changes == 1), np.flatnonzero(changes == -1)
        yield from ((row, *pair) for pair in zip(starts, ends, strict=True))


def _name_rows(ax, names):
    every = -(-len(names) // _MOST_NAMES)
    ax.set_yticks(np.arange(0, len(names), every) + 0.5, names[::every])
    ax.invert_yaxis()


def _name_steps(ax, steps):
    at = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), 8)).astype(int))
    ax.set_xticks(at + 0.5, steps[at])
    ax.set_xlabel("step")


def _depth(frame, ax):
    norms = _matrix(frame, "norm")
    values = norms.to_numpy(float)
    values = np.where(np.isfinite(values) & (values > 0), values, np.nan)
    place = np.arange(len(values))
    seen = np.isfinite(values).any(axis=1)
    low, high = np.full(len(values), np.nan), np.full(len(values), np.nan)
    low[seen], high[seen] = np.nanmin(values[seen], axis=1), np.nanmax(values[seen], axis=1)
    ax.fill_between(place, low, high, alpha=0.2, label="all sampled steps")
    ax.plot(place, values[:, -1], marker="o", markersize=3, label=f"step {norms.columns[-1]}")
    if seen.any():
        ax.set_yscale("log")
    every = -(-len(values) // _MOST_NAMES)
    ax.set_xticks(place[::every], norms.index[::every], rotation=60, ha="right", fontsize="small")
    ax.set_ylabel("gradient norm")
    ax.legend(frameon=False)
    return ax


def _update_ratio(frame, ax):
    from matplotlib import colormaps

    ratios = _matrix(frame, "update_ratio")
    positive = ratios.where(np.isfinite(ratios) & (ratios > 0))
    shades = colormaps["viridis"](np.linspace(0, 0.9, len(ratios)))
    for (weight, row), shade in zip(positive.iterrows(), shades, strict=True):
        label = weight if len(ratios) <= _MOST_LABELS else None
        ax.plot(row.index, row, color=shade, linewidth=1.2, label=label)
    ax.axhline(_USUAL_UPDATE, color="gray", linestyle="--", linewidth=1, label="usual: 0.001")
    ax.set_yscale("log")
    ax.set_xlabel("step")
    ax.set_ylabel("update ratio")
    ax.legend(frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))
    return ax
