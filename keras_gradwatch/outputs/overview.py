"""What the tab Gradients shows: one compact tensor a step, and what its rows and columns are."""

import json
from typing import TYPE_CHECKING

import numpy as np
from tensorboard.compat.proto import types_pb2
from tensorboard.compat.proto.summary_pb2 import (
    DATA_CLASS_TENSOR,
    Summary,
    SummaryMetadata,
)
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto

from keras_gradwatch.findings import Finding
from keras_gradwatch.outputs.source_lines import with_source

if TYPE_CHECKING:  # They import Keras, and TensorBoard imports this module at each start.
    from keras_gradwatch.record import Record
    from keras_gradwatch.weights import Weight

VERSION = 1
"""Version of the format, raised when an older tab could not read a newer one."""

PLUGIN = "gradwatch"
STATISTICS = ("norm", "zero_fraction", "dead_fraction", "update_ratio", "nonfinite")
"""The rows of the tensor; its columns are the weights."""

MISSING = -1.0
"""The count of non-finite elements of a gradient that is missing."""

STATISTICS_TAG = "gradwatch/statistics"
WEIGHTS_TAG = "gradwatch/weights"
FINDINGS_TAG = "gradwatch/findings"
PROGRESS_TAG = "gradwatch/progress"
"""The epoch of a step, and its loss where `fit` reports one."""

SPREAD = 10
"""Tags that take turns in carrying the tensors.

TensorBoard keeps a random hundred tensors of each tag: ten tags keep the first thousand steps
whole, and an even thousand of a longer training.
"""


class Overview:
    """Turns records into the values that the tab reads; remembers which weights it described.

    Args:
        about: Model, versions and settings, as `about()` gives them.
    """

    def __init__(self, about: dict[str, str] | None = None):
        self._about = about or {}
        self._described: tuple[Weight, ...] | None = None
        self._count = 0

    def values(self, record: "Record") -> list[Summary.Value]:
        """Returns the values of a step, with the description of its weights where it is new.

        Args:
            record: The sampled step.
        """
        turn = self._count % SPREAD
        values = [
            _value(f"{STATISTICS_TAG}/{turn}", _floats(_statistics(record))),
            _value(f"{PROGRESS_TAG}/{turn}", _floats(_progress(record))),
        ]
        if record.weights != self._described:
            values.append(_value(WEIGHTS_TAG, _text(_description(record.weights, self._about))))
            self._described = record.weights
        self._count += 1
        return values

    @staticmethod
    def findings_value(findings: list[Finding]) -> Summary.Value:
        """Returns the value with all findings that stand now.

        Args:
            findings: The findings.
        """
        found = [with_source(finding) for finding in findings]
        return _value(FINDINGS_TAG, _text({"version": VERSION, "findings": found}))


def _description(weights, about):
    return {
        "version": VERSION,
        "about": about,
        "statistics": STATISTICS,
        "weights": [
            {
                "path": weight.path,
                "layer": weight.layer,
                "shape": weight.shape,
                "optimizer": weight.optimizer,
            }
            for weight in weights
        ],
    }


def _statistics(record):
    with np.errstate(over="ignore"):  # The ratio to a weight that is almost 0.
        rows = np.stack([record[name] for name in STATISTICS]).astype("<f4")
    rows[STATISTICS.index("nonfinite"), record.missing] = MISSING
    return rows


def _progress(record):
    return np.array([record.epoch, record.loss] if record.has_loss else [record.epoch], "<f4")


def _floats(array):
    return TensorProto(
        dtype=types_pb2.DT_FLOAT,
        tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=n) for n in array.shape]),
        tensor_content=array.tobytes(),
    )


def _text(content):
    text = json.dumps(content, default=str)
    return TensorProto(dtype=types_pb2.DT_STRING, string_val=[text.encode()])


def _value(tag, tensor):
    metadata = SummaryMetadata(
        plugin_data=SummaryMetadata.PluginData(plugin_name=PLUGIN),
        data_class=DATA_CLASS_TENSOR,
    )
    return Summary.Value(tag=tag, metadata=metadata, tensor=tensor)
