"""Frames events into a file that TensorBoard reads."""

import itertools
import os
import socket
import sys
import time

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

_FILE_NUMBER = itertools.count()


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
        self._write(Event(wall_time=time.time(), file_version="brain.Event:2"))

    def add(self, values: list[Summary.Value], step: int, wall_time: float) -> None:
        """Writes one event and hands it to the operating system.

        Raises:
            FileNotFoundError: If the file was removed: what is written to it would be lost.
        """
        if self._is_local:
            os.stat(self.path)
        self._write(Event(wall_time=wall_time, step=step, summary=Summary(value=values)))

    def close(self) -> None:
        """Closes the file."""
        self._writer.close()

    def _write(self, event):
        self._writer.write(event.SerializeToString())
        self._writer.flush()


def _record_writer(path):
    """tensorflow's writer has its checksum in C++, tensorboard's does without tensorflow."""
    if "tensorflow" in sys.modules:
        return sys.modules["tensorflow"].io.TFRecordWriter(path)
    from tensorboard.summary.writer.record_writer import RecordWriter

    return RecordWriter(open(path, "wb"))
