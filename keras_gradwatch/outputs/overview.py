"""What the tab Gradients shows: one compact tensor a step, and what its rows and columns are."""

import json
from typing import TYPE_CHECKING, Any

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
    from keras_gradwatch.record import Records
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

_FLOAT = 4
"""Bytes of a number."""

_MARK = np.frombuffer(b"\xa7" * _FLOAT, "<f4")[0]
"""A number whose bytes are in no text: they are no UTF-8."""

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
        self._templates: dict[Any, tuple[bytes, ...]] = {}

    def summaries(self, records: "Records") -> list[bytes]:
        """Returns for each record a serialized `Summary`, with its weights where they are new.

        Args:
            records: Sampled steps.
        """
        statistics = _statistics(records)
        summaries = [
            self._filled(statistics[i].tobytes(), _progress(records, i))
            for i in range(len(records))
        ]
        if records.weights != self._described:
            value = _value(WEIGHTS_TAG, _text(_description(records.weights, self._about)))
            summaries[0] += Summary(value=[value]).SerializeToString()
            self._described = records.weights
        return summaries

    def _filled(self, statistics, progress):
        """The values of a step: what stands around the numbers is made once by protobuf."""
        key = self._count % SPREAD, len(statistics), len(progress)
        if key not in self._templates:
            self._templates[key] = _template(*key)
        head, middle, tail = self._templates[key]
        self._count += 1
        return b"".join((head, statistics, middle, progress, tail))

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


def _statistics(records):
    """What stands in the tensors of all records, `[records, statistics, weights]`."""
    with np.errstate(over="ignore"):  # The ratio to a weight that is almost 0.
        rows = np.stack([records.statistics[name] for name in STATISTICS], axis=1).astype("<f4")
    counts = rows[:, STATISTICS.index("nonfinite")]
    counts[records.missing] = MISSING
    return rows


def _progress(records, i) -> bytes:
    numbers = [records.epoch[i], records.loss[i]] if records.has_loss[i] else [records.epoch[i]]
    return np.array(numbers, "<f4").tobytes()


def _template(turn, statistics, progress):
    """What stands before, between and behind the numbers, whose lengths are given in bytes."""
    shape = len(STATISTICS), statistics // _FLOAT // len(STATISTICS)
    head, middle = _around(f"{STATISTICS_TAG}/{turn}", shape)
    between, tail = _around(f"{PROGRESS_TAG}/{turn}", (progress // _FLOAT,))
    return head, middle + between, tail


def _around(tag, shape):
    """What protobuf writes before and behind the numbers of a tensor."""
    marked = np.full(shape, _MARK, "<f4")
    whole = Summary(value=[_value(tag, _floats(marked))]).SerializeToString()
    head, _, tail = whole.partition(marked.tobytes() or b"no numbers")
    return head, tail


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
