"""Numbers on their way to the page: a line of JSON, then plain float32."""

import json

import numpy as np


def pack(header: dict, values: np.ndarray) -> bytes:
    """Returns a header and an array as bytes that `data.js` takes apart without parsing numbers.

    Args:
        header: JSON-ready description of the array.
        values: The array; goes out as little-endian float32.
    """
    text = json.dumps(header).encode()
    padding = b" " * (-(len(text) + 1) % 4)  # The numbers begin at a multiple of 4.
    return text + padding + b"\n" + np.ascontiguousarray(values, "<f4").tobytes()
