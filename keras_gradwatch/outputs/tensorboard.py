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

from keras_gradwatch.outputs.curves import SOME_LAYERS, Curves, some
from keras_gradwatch.outputs.event_file import EventFile
from keras_gradwatch.outputs.output import Output
from keras_gradwatch.outputs.overview import Overview
from keras_gradwatch.outputs.thinning import SCALARS, is_due
from keras_gradwatch.record import Record, Records
from keras_gradwatch.step import histogram


class TensorBoard(Output):
    """Writes the run `<log_dir>/gradients`.

    Args:
        log_dir: Log directory, as for `keras.callbacks.TensorBoard`.
        scalars: `True` for curves of each weight of a model that has few, `"all"` for those of any
            model, `False` for no scalars.
        with_values: Whether a weight has a second histogram, of the values themselves.
    """

    needs_histograms = True

    def __init__(self, log_dir: str, scalars: bool | str = True, with_values: bool = False):
        self.directory = os.path.join(log_dir, "gradients")
        self._file: EventFile | None = None
        self._about: dict[str, str] = {}
        self._overview = Overview()
        self._scalars = scalars
        self._with_values = with_values
        self._described: tuple = ()
        self._tags: set[str] = set()
        self._count = self._step = 0

    def describe(self, about: dict[str, str]) -> None:
        """Says what the run is: model, versions and settings, as `about()` gives them."""
        self._about, self._overview = about, Overview(about)

    def write(self, record: Record) -> None:
        """Writes an event for a record."""
        self.write_all(Records.of(record))

    def write_all(self, records: Records) -> None:
        """Writes an event for each record: all of it, or in a long training the overview only."""
        self._step = records.step[-1]
        summaries = self._overview.summaries(records)
        for i in range(len(records)):
            summaries[i] += self._histograms(records, i)
        if self._scalars:
            self._add_scalars(records, summaries)
        self._count += len(records)
        self._open().add(zip(records.step, records.wall_time, summaries, strict=True))

    def _add_scalars(self, records, summaries):
        if records.weights != self._described:
            self._described = records.weights
            self._curves = Curves(records.weights, of_each=self._scalars == "all")
            summaries[0] += Summary(value=[_layout(self._curves)]).SerializeToString()
        for i, curves in enumerate(self._curves.summaries(records)):
            if is_due(self._count + i, SCALARS):
                summaries[i] += curves

    def report(self, findings) -> None:
        """Writes the findings as text; called when they change."""
        text = "\n\n---\n\n".join(finding.to_markdown() for finding in findings) or "No findings."
        values = [_text("findings", text), self._overview.findings_value(findings)]
        summary = Summary(value=values).SerializeToString()
        self._open().add([(self._step, time.time(), summary)])

    def close(self) -> None:
        """Closes the file; the next record opens a new one."""
        if self._file is not None:
            self._file.close()
            self._file, self._described, self._overview = None, (), Overview(self._about)
            self._tags.clear()

    def _histograms(self, records, i) -> bytes:
        if records.histogram[i] is None:
            return b""
        values, magnitudes = [], histogram.magnitude_tables(records.histogram[i])
        for k in np.flatnonzero(~records.missing[i]):
            path = records.weights[k].path
            values.append(_histogram(f"gradient_log10/{path}", magnitudes[k], self._tags))
            if self._with_values:
                table = histogram.value_table(records.histogram[i][k])
                values.append(_histogram(f"gradient/{path}", table, self._tags))
        return Summary(value=values).SerializeToString()

    def __str__(self):
        return f"the TensorBoard log {self.directory}"

    def _open(self):
        if self._file is None:
            self._file = EventFile(self.directory)
        return self._file


def _histogram(tag, table, known_tags):
    """A tag says what it is the first time that it stands in a file, and then no more."""
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=n) for n in table.shape])
    content = table.astype("<f4", copy=False).tobytes()
    tensor = TensorProto(dtype=types_pb2.DT_FLOAT, tensor_shape=shape, tensor_content=content)
    metadata = None if tag in known_tags else _metadata("histograms")
    known_tags.add(tag)
    return Summary.Value(tag=tag, metadata=metadata, tensor=tensor)


def _text(tag, text):
    return Summary.Value(
        tag=tag, metadata=_metadata("text"), tensor=_string(text.encode(errors="backslashreplace"))
    )


def _layout(curves):
    """All together and some layers, open; then each weight that has curves, in model order."""
    layers = [f"layer_gradient_norm/{layer}" for layer in some(curves.layers)]
    first = [
        _chart("All gradients together", ["gradient_norm/global"]),
        _chart("Layers from first to last", layers),
        _chart("The layer with the smallest norm", ["all/smallest_layer_norm"]),
        _chart("Zeros and dead channels", ["all/zero_fraction", "all/dead_fraction"]),
        _chart("Update ratio", ["all/update_ratio"]),
        _chart("Weights whose gradient is missing, zero or not finite", ["all/ill_weights"]),
    ]
    each = _charts_of(curves.weights)
    categories = [("Overview", first), *([("Gradient norms of all weights", each)] if each else [])]
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


def _charts_of(paths):
    parts = [paths[start : start + SOME_LAYERS] for start in range(0, len(paths), SOME_LAYERS)]
    return [_chart(f"{part[0]} ...", [f"gradient_norm/{path}" for path in part]) for part in parts]


def _chart(title, tags):
    content = layout_pb2.MultilineChartContent(tag=[f"{re.escape(tag)}$" for tag in tags])
    return layout_pb2.Chart(title=title, multiline=content)


def _metadata(plugin):
    return SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin))


def _string(content: bytes):
    return TensorProto(dtype=types_pb2.DT_STRING, string_val=[content])
