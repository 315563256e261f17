"""The scalars of a step as TensorBoard reads them.

What stands between the numbers is the same at every step: it is made once by protobuf, and the
numbers are put into their places.
"""

import numpy as np
from tensorboard.compat.proto.summary_pb2 import Summary

from keras_gradwatch.outputs.output import SCALARS
from keras_gradwatch.record import Record
from keras_gradwatch.weights import Weight

_FLOAT = 4
"""Bytes of a `simple_value`, which is the last of the fields that are set."""


class Curves:
    """Turns records with the same weights into serialized summaries.

    Args:
        weights: The weights.
    """

    def __init__(self, weights: tuple[Weight, ...]):
        layers = list(dict.fromkeys(weight.layer for weight in weights))
        tags = [f"{tag}/{weight.path}" for tag in SCALARS for weight in weights]
        tags += [f"layer_gradient_norm/{layer}" for layer in layers]
        self._tags = np.array([*tags, "gradient_norm/global"], object)
        self._layer_of = np.array([layers.index(weight.layer) for weight in weights], int)
        self._layer_count = len(layers)
        self._templates: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}

    def summary(self, record: Record) -> bytes:
        """Returns a serialized `Summary` with the scalars of a record."""
        present = ~record.missing
        squares = np.where(present, np.square(record["norm"]), 0.0)
        by_layer = np.bincount(self._layer_of, squares, self._layer_count)
        values = [record[statistic] for statistic in SCALARS.values()]
        values += [np.sqrt(by_layer), np.sqrt(squares.sum(keepdims=True))]
        in_layer = np.bincount(self._layer_of, present, self._layer_count) > 0
        # Beside a weight that was 0 an update has no size.
        has_ratio = present & (record["weight_norm"] != 0)
        has_point = np.concatenate([present, present, present, has_ratio, in_layer, [True]])
        return self._filled(np.concatenate(values)[has_point], has_point)

    def _filled(self, values, has_point):
        key = has_point.tobytes()
        if key not in self._templates:
            self._templates[key] = _template(self._tags[has_point])
        template, places = self._templates[key]
        filled = template.copy()
        with np.errstate(over="ignore"):  # The ratio to a weight that is almost 0.
            filled[places] = values.astype("<f4")[:, None].view("uint8")
        return filled.tobytes()


def _template(tags):
    """The bytes of a summary with any numbers, and where the bytes of each number are."""
    pieces = [
        Summary(value=[Summary.Value(tag=tag, simple_value=1.0)]).SerializeToString()
        for tag in tags
    ]
    ends = np.cumsum([len(piece) for piece in pieces])
    places = ends[:, None] - _FLOAT + np.arange(_FLOAT)
    return np.frombuffer(b"".join(pieces), "uint8"), places
