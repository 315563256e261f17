"""What TensorBoard shows: scalars, histograms, the findings as text, and a layout of charts."""

import os
import re
import time

import numpy as np
from tensorboard.compat.proto import types_pb2
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.plugins.custom_scalar import layout_pb2

from keras_gradwatch.outputs.event_file import EventFile
from keras_gradwatch.outputs.overview import Overview
from keras_gradwatch.record import Record
from keras_gradwatch.step import histogram

SCALARS = {
    "gradient_norm": "norm",
    "zero_fraction": "zero_fraction",
    "dead_fraction": "dead_fraction",
    "update_ratio": "update_ratio",
}
"""Scalar tags, each followed by the path of the weight, and the statistic they show."""

CHART_TAGS = 12
"""Curves in one chart of the layout: TensorBoard asks its server once for each."""


class TensorBoard:
    """Writes the run `<log_dir>/gradients`.

    Args:
        log_dir: Log directory, as for `keras.callbacks.TensorBoard`.
    """

    def __init__(self, log_dir: str):
        self.directory = os.path.join(log_dir, "gradients")
        self._file: EventFile | None = None
        self._about: dict[str, str] = {}
        self._overview = Overview()
        self._described: tuple = ()
        self._tags: set[str] = set()
        self._step = 0

    def describe(self, about: dict[str, str]) -> None:
        """Says what the run is: model, versions and settings, as `about()` gives them."""
        self._about, self._overview = about, Overview(about)

    def write(self, record: Record) -> None:
        """Writes one event with all that was measured at a step."""
        self._step = record.step
        histograms = _histograms(record, self._tags)
        values = [*_scalars(record), *histograms, *self._overview.values(record)]
        if record.weights != self._described:
            values.append(_layout(record))
            self._described = record.weights
        self._open().add(values, record.step, record.wall_time)

    def report(self, findings) -> None:
        """Writes the findings as text; called when they change."""
        text = "\n\n---\n\n".join(finding.to_markdown() for finding in findings) or "No findings."
        values = [_text("findings", text), self._overview.findings_value(findings)]
        self._open().add(values, self._step, time.time())

    def close(self) -> None:
        """Closes the file; the next record opens a new one."""
        if self._file is not None:
            self._file.close()
            self._file, self._described, self._overview = None, (), Overview(self._about)
            self._tags.clear()

    def __str__(self):
        return f"the TensorBoard log {self.directory}"

    def _open(self):
        if self._file is None:
            self._file = EventFile(self.directory)
        return self._file


def _scalars(record):
    for tag, statistic in SCALARS.items():
        column = record[statistic]
        for i, weight in enumerate(record.weights):
            if _has_point(record, statistic, i):
                yield Summary.Value(tag=f"{tag}/{weight.path}", simple_value=column[i])
    yield Summary.Value(tag="gradient_norm/global", simple_value=record.global_norm)
    for layer, norm in record.layer_norms().items():
        yield Summary.Value(tag=f"layer_gradient_norm/{layer}", simple_value=norm)


def _has_point(record, statistic, i):
    """A missing gradient has none, and beside a weight that was 0 an update has no size."""
    return not record.missing[i] and (statistic != "update_ratio" or record["weight_norm"][i] != 0)


def _histograms(record, known_tags):
    if record.histogram is None:
        return
    for i, weight in enumerate(record.weights):
        if not record.missing[i]:
            counts = record.histogram[i]
            magnitudes = histogram.magnitude_table(counts)
            yield _histogram(f"gradient_log10/{weight.path}", magnitudes, known_tags)
            yield _histogram(f"gradient/{weight.path}", histogram.value_table(counts), known_tags)


def _histogram(tag, table, known_tags):
    """A tag says what it is the first time that it stands in a file, and then no more."""
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=n) for n in table.shape])
    content = np.ascontiguousarray(table, "<f4").tobytes()
    tensor = TensorProto(dtype=types_pb2.DT_FLOAT, tensor_shape=shape, tensor_content=content)
    metadata = None if tag in known_tags else _metadata("histograms")
    known_tags.add(tag)
    return Summary.Value(tag=tag, metadata=metadata, tensor=tensor)


def _text(tag, text):
    return Summary.Value(
        tag=tag, metadata=_metadata("text"), tensor=_string(text.encode(errors="backslashreplace"))
    )


def _layout(record):
    """A few layers between the first and the last, open; then all weights, in model order."""
    layers = list(dict.fromkeys(weight.layer for weight in record.weights))
    some = layers[:: -(-len(layers) // CHART_TAGS) or 1]
    first = [
        _chart("All gradients together", ["gradient_norm/global"]),
        _chart("Layers from first to last", [f"layer_gradient_norm/{layer}" for layer in some]),
    ]
    categories = [("Overview", first), ("Gradient norms of all weights", _charts_of_all(record))]
    layout = layout_pb2.Layout(
        category=[
            layout_pb2.Category(title=title, chart=charts, closed=charts is not first)
            for title, charts in categories
        ]
    )
    return Summary.Value(
        tag="custom_scalars__config__",
        metadata=_metadata("custom_scalars"),
        tensor=_string(layout.SerializeToString()),
    )


def _charts_of_all(record):
    paths = [weight.path for weight in record.weights]
    parts = [paths[start : start + CHART_TAGS] for start in range(0, len(paths), CHART_TAGS)]
    return [_chart(f"{part[0]} ...", [f"gradient_norm/{path}" for path in part]) for part in parts]


def _chart(title, tags):
    content = layout_pb2.MultilineChartContent(tag=[f"{re.escape(tag)}$" for tag in tags])
    return layout_pb2.Chart(title=title, multiline=content)


def _metadata(plugin):
    return SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin))


def _string(content: bytes):
    return TensorProto(dtype=types_pb2.DT_STRING, string_val=[content])
