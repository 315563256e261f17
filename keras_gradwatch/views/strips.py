"""A row of the heat map as a small picture, for pages on paper or without scripts."""

import base64
import io

import numpy as np
from PIL import Image

from keras_gradwatch.views.palette import SIZES, STATES
from keras_gradwatch.views.tensorboard_plugin.series import ABSENT

COLUMNS = 120


def strips(norms: np.ndarray) -> list[str]:
    """Returns for each weight its gradient norm over the steps as the address of a picture.

    Args:
        norms: `[steps, weights]`, as a `Series` has them.
    """
    columns = _condensed(norms)
    colors = _colors(columns)
    return [_address(colors[:, i]) for i in range(norms.shape[1])]


def legend() -> list[tuple[str, str]]:
    """Returns what the colors mean, each with it."""
    return [("small", SIZES[0]), ("large", SIZES[-1]), *STATES.items()]


def _condensed(norms):
    """At most `COLUMNS` columns: of the steps that share one, missing and infinite come first."""
    parts = np.array_split(norms, min(len(norms), COLUMNS))
    return np.stack([part.max(axis=0) for part in parts])  # The maximum with NaN is NaN.


def _colors(values):
    finite = np.isfinite(values) & (values > 0)
    size = np.log(np.where(finite, values, 1))
    low, high = (np.quantile(size[finite], (0.05, 1))) if finite.any() else (0, 1)
    share = np.clip((size - low) / ((high - low) or 1), 0, 1)
    stops = np.array([_rgb(color) for color in SIZES], float)
    place = share * (len(stops) - 1)
    colors = np.stack([np.interp(place, range(len(stops)), stops[:, c]) for c in range(3)], -1)
    states = np.isinf(values), np.isnan(values), values == 0
    for where, color in zip(states, STATES.values(), strict=True):
        colors[where] = _rgb(color)
    colors[values == ABSENT] = 255
    return colors.astype("uint8")


def _rgb(color):
    return tuple(bytes.fromhex(color[1:]))


def _address(colors):
    file = io.BytesIO()
    Image.fromarray(colors[None]).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
