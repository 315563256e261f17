"""The scalars of a step as TensorBoard reads them.

A reader looks at a few dozen charts: a model of many weights has curves of all together and of some
layers only, and those of each weight are in the tab Gradients.

What stands between the numbers is the same at every step: it is made once by protobuf, and the
numbers are put into their places.
"""

import numpy as np
from tensorboard.compat.proto.summary_pb2 import Summary

from keras_gradwatch.outputs.output import SCALARS
from keras_gradwatch.outputs.totals import TOTALS, totals
from keras_gradwatch.record import Records
from keras_gradwatch.weights import Weight

MOST_WEIGHTS = 64
"""A model of more weights has no curves of each."""

SOME_LAYERS = 12
"""Layers that have a curve then, and curves in one chart of the layout."""

_FLOAT = 4
"""Bytes of a `simple_value`, which is the last of the fields that are set."""


class Curves:
    """Turns records of the same weights into serialized summaries.

    Args:
        weights: The weights.
        of_each: Whether each weight has curves, however many there are.
    """

    def __init__(self, weights: tuple[Weight, ...], of_each: bool = False):
        layers = list(dict.fromkeys(weight.layer for weight in weights))
        of_each = of_each or len(weights) <= MOST_WEIGHTS
        self.weights = [weight.path for weight in weights if of_each]
        self.layers = layers if of_each else some(layers)
        tags = [f"{tag}/{path}" for tag in SCALARS for path in self.weights]
        tags += [f"layer_gradient_norm/{layer}" for layer in self.layers]
        tags += ["gradient_norm/global", *(f"all/{name}" for name in TOTALS)]
        self._tags = np.array(tags, object)
        places = {layer: i for i, layer in enumerate(layers)}
        self._shown_layers = [places[layer] for layer in self.layers]
        layer_of = np.array([places[weight.layer] for weight in weights], int)
        self._order = np.argsort(layer_of, kind="stable")
        self._starts = np.flatnonzero(np.diff(layer_of[self._order], prepend=-1))
        self._templates: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}

    def summaries(self, records: Records) -> list[bytes]:
        """Returns for each record a serialized `Summary` with its scalars."""
        statistics, present = records.statistics, ~records.missing
        squares = np.where(present, np.square(statistics["norm"]), 0.0)
        in_layers = self._by_layer(present) > 0
        norms = np.sqrt(self._by_layer(squares))
        together = totals(records, np.where(in_layers, norms, np.nan))
        count = len(self.weights)
        columns = [statistics[name][:, :count] for name in SCALARS.values()]
        columns += [norms[:, self._shown_layers], np.sqrt(squares.sum(1, keepdims=True)), together]
        # Beside a weight that was 0 an update has no size.
        has_ratio = present & (statistics["weight_norm"] != 0)
        have_points = [has[:, :count] for has in (present, present, present, has_ratio)]
        have_points += [in_layers[:, self._shown_layers], np.ones((len(records), 1), bool)]
        have_points.append(~np.isnan(together))
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


def some(layers: list[str]) -> list[str]:
    """Returns a few layers between the first and the last, in their order."""
    return layers[:: -(-len(layers) // SOME_LAYERS) or 1]


def _template(tags):
    """The bytes of a summary with any numbers, and where the bytes of each number are."""
    pieces = [
        Summary(value=[Summary.Value(tag=tag, simple_value=1.0)]).SerializeToString()
        for tag in tags
    ]
    ends = np.cumsum([len(piece) for piece in pieces])
    places = ends[:, None] - _FLOAT + np.arange(_FLOAT)
    return np.frombuffer(b"".join(pieces), "uint8"), places.ravel()
