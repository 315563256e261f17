"""The heat map as a plot: weights over steps, colored by the size of the gradient."""

from typing import Any

import numpy as np

from keras_gradwatch.views.palette import SIZES, STATES

_MOST_NAMES = 40
_LOW = 0.05  # The scale begins where few are smaller: a handful near 0 would take all of it.
_HATCHES = {"NaN or infinite": "xx", "missing": "///", "exactly zero": ".."}


def matrix(frame, column, by="weight"):
    """Returns weights x steps, in the order of the model.

    Args:
        frame: The log.
        column: Column whose values fill the table.
        by: Column of the rows.
    """
    table = frame.pivot_table(index=by, columns="step", values=column, dropna=False)
    return table.reindex(frame[by].unique())


def every_nth(names):
    """Returns the distance between names that still can be read beside each other."""
    return -(-len(names) // _MOST_NAMES)


def plain(name):
    """Returns a name so that matplotlib takes it for no formula."""
    return str(name).replace("$", r"\$")


def draw(frame, ax):
    """Draws the heat map on the axes, and returns them."""
    from matplotlib.colors import LinearSegmentedColormap, LogNorm

    norms = matrix(frame, "norm")
    values = norms.to_numpy(float)
    usable = np.where(np.isfinite(values) & (values > 0), values, np.nan)
    edges = np.arange(values.shape[1] + 1), np.arange(values.shape[0] + 1)
    colors = LinearSegmentedColormap.from_list("sizes", SIZES)
    mesh = ax.pcolormesh(*edges, usable, norm=LogNorm(*_range(usable)), cmap=colors)
    ax.figure.colorbar(mesh, ax=ax, label="gradient norm (L2, log scale)", extend="min", pad=0.02)
    _legend(ax, _states(frame, values))
    _name_rows(ax, norms.index)
    _name_steps(ax, norms.columns)
    ax.set_title(
        f"Gradient norm of {len(norms)} weights over {norms.shape[1]} sampled steps", pad=26
    )
    return ax


def _range(values):
    if not np.isfinite(values).any():
        return 0.1, 1.0
    low, high = np.nanquantile(values, _LOW), np.nanmax(values)
    return low, high if high > low else high * 1.01


def _states(frame, values):
    """Where each state of its own is, in the order of `STATES`."""
    nonfinite = matrix(frame, "nonfinite").to_numpy(float) > 0
    missing = matrix(frame.assign(missing=frame["missing"].astype(float)), "missing")
    return [nonfinite, missing.to_numpy() == 1, values == 0]


def _legend(ax, places):
    """Lays a hatched rectangle over each run of a state, and names the states that occur."""
    from matplotlib.patches import Patch

    handles = []
    for (name, color), where in zip(STATES.items(), places, strict=True):
        style: dict[str, Any] = {
            "facecolor": color,
            "hatch": _HATCHES[name],
            "edgecolor": "#44444c",
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
    every = every_nth(names)
    ax.set_yticks(np.arange(0, len(names), every) + 0.5, [plain(name) for name in names[::every]])
    ax.invert_yaxis()


def _name_steps(ax, steps):
    at = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), 8)).astype(int))
    ax.set_xticks(at + 0.5, steps[at])
    ax.set_xlabel("step (iteration of the optimizer)")
