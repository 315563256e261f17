"""Numbers on their way to the page: a line of JSON, then plain float32."""

import json

import numpy as np

from keras_gradwatch.views.tensorboard_plugin.series import Progress


def pack(header: dict, values: np.ndarray) -> bytes:
    """Returns a header and an array as bytes that `data.js` takes apart without parsing numbers.

    Args:
        header: JSON-ready description of the array.
        values: The array; goes out as little-endian float32.
    """
    text = json.dumps(header).encode()
    padding = b" " * (-(len(text) + 1) % 4)  # The numbers begin at a multiple of 4.
    return text + padding + b"\n" + np.ascontiguousarray(values, "<f4").tobytes()


def pack_progress(progress: Progress) -> bytes:
    """Returns epochs and losses as the page takes them.

    Args:
        progress: Epoch and loss of some steps.
    """
    return pack({"steps": progress.steps}, np.stack([progress.epochs, progress.losses]))
