"""Plots of curves: the gradient over the depth of the model, and the update ratios over time."""

import numpy as np

from keras_gradwatch.views.heatmap import every_nth, matrix, plain
from keras_gradwatch.views.palette import SIZES, STATES

_USUAL_UPDATE = 1e-3
_NAMED = 5
_BAND = (0.1, 0.9)
_MARKS = {"NaN or infinite": "*", "missing": "x", "exactly zero": "v"}


def draw_depth(frame, ax):
    """Draws the gradient norm of each layer on the axes, and returns them."""
    norms = matrix(_by_layer(frame), "norm", "layer")
    values = norms.to_numpy(float)
    drawn = np.where(np.isfinite(values) & (values > 0), values, np.nan)
    place = np.arange(len(values))
    seen = np.isfinite(drawn).any(axis=1)
    low, high = np.full(len(values), np.nan), np.full(len(values), np.nan)
    low[seen], high[seen] = np.nanmin(drawn[seen], axis=1), np.nanmax(drawn[seen], axis=1)
    ax.fill_between(place, low, high, color=SIZES[2], alpha=0.4, label="all sampled steps")
    last = f"step {norms.columns[-1]}"
    ax.plot(place, drawn[:, -1], color=SIZES[4], marker="o", markersize=3, label=last)
    if seen.any():
        ax.set_yscale("log")
    _mark_states(ax, values[:, -1], last)
    every = every_nth(norms.index)
    names = [plain(name) for name in norms.index[::every]]
    ax.set_xticks(place[::every], names, rotation=60, ha="right", fontsize="small")
    ax.set_xlabel("layer, in the order of the model")
    ax.set_ylabel("gradient norm (L2)")
    ax.set_title(f"Gradient norm of {len(norms)} layers at {last}")
    ax.legend(framealpha=0.85)
    return ax


def _by_layer(frame):
    """The joint norm of each layer at each step: NaN where a gradient is missing, else infinite
    where one is not finite."""
    norm = frame["norm"].mask(frame["nonfinite"] > 0, np.inf)
    norm = norm.mask(frame["missing"].astype(bool), np.nan)
    squares = frame.assign(square=norm**2).groupby(["layer", "step"], sort=False)["square"]
    return (
        squares.agg(lambda square: np.sqrt(square.sum(skipna=False))).rename("norm").reset_index()
    )


def _mark_states(ax, values, last):
    """Marks on the lower edge what has no place on a logarithmic scale."""
    places = [np.isinf(values), np.isnan(values), values == 0]
    for (name, color), where in zip(STATES.items(), places, strict=True):
        at = np.flatnonzero(where)
        if len(at):
            style = {"color": color, "marker": _MARKS[name], "s": 60, "linewidths": 1.5}
            edge = ax.get_xaxis_transform()
            ax.scatter(
                at, np.full(len(at), 0.03), transform=edge, label=f"{name} at {last}", **style
            )


def draw_update_ratio(frame, ax):
    """Draws the update ratios over the steps on the axes, and returns them."""
    ratios = matrix(frame, "update_ratio")
    positive = ratios.where(np.isfinite(ratios) & (ratios > 0))
    steps = positive.columns
    low, high = (positive.quantile(share) for share in _BAND)
    ax.fill_between(steps, low, high, color=SIZES[2], alpha=0.4, label="80 % of the weights")
    ax.plot(steps, positive.median(), color=SIZES[5], linewidth=2, label="median of the weights")
    for weight in _farthest(positive):
        ax.plot(steps, positive.loc[weight], linewidth=1, label=plain(weight))
    ax.axhline(_USUAL_UPDATE, color="gray", linestyle="--", linewidth=1, label="usual: 0.001")
    ax.set_yscale("log")
    ax.set_xlabel("step (iteration of the optimizer)")
    ax.set_ylabel("update ratio (norm of the update / norm of the weight)")
    still = int((ratios.iloc[:, -1] == 0).sum())
    ax.set_title(
        f"Update ratio of {len(ratios)} weights" + (f", {still} not updated" if still else "")
    )
    ax.legend(frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))
    return ax


def _farthest(positive):
    """The weights whose last ratio is farthest from the usual one, in powers of ten."""
    last = positive.ffill(axis=1).iloc[:, -1].dropna()
    return np.log10(last / _USUAL_UPDATE).abs().nlargest(_NAMED).index
