"""The scalars of a step as TensorBoard reads them.

What stands between the numbers is the same at every step: it is made once by protobuf, and the
numbers are put into their places.
"""

import numpy as np
from tensorboard.compat.proto.summary_pb2 import Summary

from keras_gradwatch.outputs.output import SCALARS
from keras_gradwatch.record import Records
from keras_gradwatch.weights import Weight

_FLOAT = 4
"""Bytes of a `simple_value`, which is the last of the fields that are set."""


class Curves:
    """Turns records of the same weights into serialized summaries.

    Args:
        weights: The weights.
    """

    def __init__(self, weights: tuple[Weight, ...]):
        layers = list(dict.fromkeys(weight.layer for weight in weights))
        tags = [f"{tag}/{weight.path}" for tag in SCALARS for weight in weights]
        tags += [f"layer_gradient_norm/{layer}" for layer in layers]
        self._tags = np.array([*tags, "gradient_norm/global"], object)
        places = {layer: i for i, layer in enumerate(layers)}
        layer_of = np.array([places[weight.layer] for weight in weights], int)
        self._order = np.argsort(layer_of, kind="stable")
        self._starts = np.flatnonzero(np.diff(layer_of[self._order], prepend=-1))
        self._templates: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}

    def summaries(self, records: Records) -> list[bytes]:
        """Returns for each record a serialized `Summary` with its scalars."""
        statistics, present = records.statistics, ~records.missing
        squares = np.where(present, np.square(statistics["norm"]), 0.0)
        columns = [statistics[name] for name in SCALARS.values()]
        columns += [np.sqrt(self._by_layer(squares)), np.sqrt(squares.sum(1, keepdims=True))]
        # Beside a weight that was 0 an update has no size.
        has_ratio = present & (statistics["weight_norm"] != 0)
        have_points = [present, present, present, has_ratio, self._by_layer(present) > 0]
        have_points.append(np.ones((len(records), 1), bool))
        with np.errstate(over="ignore"):  # The ratio to a weight that is almost 0.
            values = np.concatenate(columns, axis=1).astype("<f4")
        return list(map(self._filled, values, np.concatenate(have_points, axis=1)))

    def _by_layer(self, values):
        return np.add.reduceat(values[:, self._order], self._starts, axis=1, dtype=float)

    def _filled(self, values, has_point):
        key = has_point.tobytes()
        if key not in self._templates:
            self._templates[key] = _template(self._tags[has_point])
        template, places = self._templates[key]
        filled = template.copy()
        filled[places] = values[has_point].view("uint8")
        return filled.tobytes()


def _template(tags):
    """The bytes of a summary with any numbers, and where the bytes of each number are."""
    pieces = [
        Summary(value=[Summary.Value(tag=tag, simple_value=1.0)]).SerializeToString()
        for tag in tags
    ]
    ends = np.cumsum([len(piece) for piece in pieces])
    places = ends[:, None] - _FLOAT + np.arange(_FLOAT)
    return np.frombuffer(b"".join(pieces), "uint8"), places.ravel()
