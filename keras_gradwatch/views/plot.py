"""Pictures of a log with matplotlib: heat map, gradient flow over depth, update ratios."""

import os

from keras_gradwatch.views import curves, heatmap

_KINDS = {
    "heatmap": heatmap.draw,
    "depth": curves.draw_depth,
    "update_ratio": curves.draw_update_ratio,
}
_NEEDED = ("step", "layer", "weight", "norm", "update_ratio", "nonfinite", "missing")


def plot(source, kind="heatmap", ax=None):
    """Draws a log of gradients.

    - `"heatmap"`: gradient norm of each weight at each sampled step, on a logarithmic scale, with
      colors of their own for gradients that are missing, exactly zero, or not finite.
    - `"depth"`: gradient norm of each layer in the order of the model: the last step, and the
      range over all steps, with marks where it is missing, exactly zero, or not finite. A
      gradient that vanishes or explodes is a slope.
    - `"update_ratio"`: size of the update over the size of the weight: the median of all weights,
      the band that holds most of them, and the five that are farthest from the usual size.

    Args:
        source: A `GradientWatch`, a `DataFrame` of its log, or the path of its CSV log.
        kind: `"heatmap"`, `"depth"` or `"update_ratio"`.
        ax: `matplotlib.axes.Axes` to draw on; `None` for a new figure.

    Returns:
        The `Axes`.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If an argument is not as described, or the log holds no step yet.

    Example:

    ```python
    ax = plot("logs/run1/gradients.csv", kind="depth")
    ax.figure.savefig("depth.png")
    ```
    """
    if kind not in _KINDS:
        raise ValueError(f"`kind` must be one of {tuple(_KINDS)}. Received: kind={kind!r}")
    frame = frame_of(source)
    if frame.empty:
        raise ValueError(
            "`source` must hold at least one sampled step: train with the watch first. "
            "Received: a log without one"
        )
    return _KINDS[kind](frame, _new_axes(frame, kind) if ax is None else ax)


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


def _new_axes(frame, kind):
    try:
        from matplotlib import pyplot as plt
    except ImportError as error:
        raise ImportError(
            "Pictures need matplotlib: pip install 'keras-gradwatch[plot]'"
        ) from error
    height = 2 + 0.24 * frame["weight"].nunique() if kind == "heatmap" else 5
    _, ax = plt.subplots(figsize=(10, min(max(height, 3.5), 12)), layout="constrained")
    return ax
