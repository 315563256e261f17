"""A run read from its event files, without a TensorBoard server."""

import collections
import math
import pathlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from google.protobuf.message import DecodeError
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.tensorflow_stub import errors
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New
from tensorboard.util import tensor_util

from keras_gradwatch.outputs import overview
from keras_gradwatch.views.tensorboard_plugin.series import Series, UnreadableRun, from_tensors


class Datum(NamedTuple):
    """A tensor as TensorBoard's data provider gives it."""

    step: int
    wall_time: float
    numpy: np.ndarray


def read_run(directory: pathlib.Path) -> Series:
    """Returns the series of a log directory: of the run `gradients` in it, or of itself.

    Args:
        directory: The log directory.

    Raises:
        ValueError: If there is no gradient data.
        UnreadableRun: If another version of the package wrote the run, or it is damaged.
    """
    tags = _tags(directory)
    if overview.WEIGHTS_TAG not in tags:
        raise ValueError(
            "`source` must be a log directory of a GradientWatch, or its CSV log. "
            f"Received: source={str(directory)!r}"
        )
    return from_tensors(tags)


def run_beside(directory: pathlib.Path) -> Series | None:
    """Returns the run of a log directory; nothing where there is none to read.

    Args:
        directory: The log directory.
    """
    try:
        return from_tensors(tags) if (tags := _tags(directory)) else None
    except UnreadableRun:
        return None


def _tags(directory: pathlib.Path) -> dict[str, list[Datum]]:
    tags: dict[str, list[Datum]] = collections.defaultdict(list)
    for path in event_files(directory):
        for event in _events(path):
            for value in event.summary.value:
                if value.tag.startswith(f"{overview.PLUGIN}/"):
                    array = _array(value.tensor)
                    tags[value.tag].append(Datum(event.step, event.wall_time, array))
    return tags


def _array(tensor: TensorProto) -> np.ndarray:
    """The elements of a tensor, of which each takes a byte or more in the file."""
    sizes = [dimension.size for dimension in tensor.tensor_shape.dim]
    if min(sizes, default=0) < 0 or math.prod(sizes) > tensor.ByteSize():
        raise UnreadableRun(f"The data of this run is damaged (a tensor of the shape {sizes}).")
    try:
        return tensor_util.make_ndarray(tensor)
    except (TypeError, ValueError) as error:
        raise UnreadableRun(f"The data of this run is damaged ({error}).") from error


def event_files(directory: pathlib.Path) -> list[pathlib.Path]:
    """Returns the event files of a log directory: of the run `gradients` in it, or of itself.

    Args:
        directory: The log directory.
    """
    inner = directory / "gradients"
    return sorted((inner if inner.is_dir() else directory).glob("*tfevents*"))


def _events(path: pathlib.Path) -> Iterator[Event]:
    """All whole events of a file: what a killed training left half written is the end."""
    reader = PyRecordReader_New(str(path))
    while True:
        try:
            reader.GetNext()
        except (errors.OutOfRangeError, errors.DataLossError, MemoryError, OverflowError):
            return  # A length that no file has is damage as well.
        try:
            yield Event.FromString(reader.record())
        except DecodeError as error:
            raise UnreadableRun(f"The data of this run is damaged ({error}).") from error
