"""Frames events into a file that TensorBoard reads."""

import itertools
import os
import socket
import sys
import time
from collections.abc import Iterable

from tensorboard.compat.proto.event_pb2 import Event

_FILE_NUMBER = itertools.count()

_SUMMARY = bytes([Event.SUMMARY_FIELD_NUMBER << 3 | 2])
"""What protobuf writes before the length of the field `summary`."""


class EventFile:
    """One TensorBoard event file, with one event a step.

    Args:
        directory: The run directory; made when it is not there.

    Raises:
        ValueError: If the directory is on a remote file system and tensorflow is not loaded.
        OSError: If the file cannot be written.
    """

    def __init__(self, directory: str):
        os.makedirs(directory, exist_ok=True)
        stamp = f"{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}"
        # TensorBoard reads files in the order of their names, and none before the one it reads.
        name = f"events.out.tfevents.{stamp}.{next(_FILE_NUMBER):06d}"
        self.path = os.path.join(directory, name)
        self._writer = _record_writer(self.path)
        self._is_local = os.path.exists(self.path)
        version = Event(wall_time=time.time(), file_version="brain.Event:2")
        self._writer.write(version.SerializeToString())
        self._writer.flush()

    def add(self, events: Iterable[tuple[int, float, bytes]]) -> None:
        """Writes events and hands them to the operating system.

        Args:
            events: For each event its step, its time, and its serialized `Summary`.

        Raises:
            FileNotFoundError: If the file was removed: what is written to it would be lost.
        """
        if self._is_local:
            os.stat(self.path)
        for step, wall_time, summary in events:
            head = Event(wall_time=wall_time, step=step).SerializeToString()
            self._writer.write(head + _SUMMARY + _varint(len(summary)) + summary)
        self._writer.flush()

    def close(self) -> None:
        """Closes the file."""
        self._writer.close()


def _varint(number: int) -> bytes:
    """A length as protobuf writes it: seven bits a byte, the lowest first."""
    pieces = []
    while number > 127:
        pieces.append(number & 127 | 128)
        number >>= 7
    return bytes([*pieces, number])


def _record_writer(path):
    """tensorflow's writer has its checksum in C++, tensorboard's does without tensorflow."""
    if "tensorflow" in sys.modules:
        return sys.modules["tensorflow"].io.TFRecordWriter(path)
    from tensorboard.summary.writer.record_writer import RecordWriter

    return RecordWriter(open(path, "wb"))
