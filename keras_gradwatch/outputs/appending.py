"""A file that one process appends to, in whole pieces."""

import contextlib
import os

import filelock


class AppendedFile:
    """A file that is open for appending, and holds whole pieces only.

    Nothing is buffered: what was appended is with the operating system, and outlives the process.
    A file with `.lock` at its end, hidden beside it, is locked as long as it is open, and is left
    there: to remove it is not safe while others wait for it.

    Args:
        path: Path of the file; its directory is made when it is not there.
        kept: Number of bytes that are kept of an older file.

    Raises:
        OSError: If the file cannot be written, or another process appends to it.
    """

    def __init__(self, path: str, kept: int):
        self.path = path
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with contextlib.ExitStack() as closing:
            self._lock = closing.enter_context(_claimed(path))
            self._file = closing.enter_context(open(path, "ab+", buffering=0))
            self._file.truncate(kept)
            self.close = closing.pop_all().close

    def append(self, piece: bytes) -> int:
        """Appends all of a piece, or nothing of it.

        Args:
            piece: The bytes.

        Returns:
            The length of the file.

        Raises:
            OSError: If the disk is full, or the file was removed.
        """
        self._check_place()
        end = os.fstat(self._file.fileno()).st_size
        try:
            while piece:
                piece = piece[self._file.write(piece) :]
        except OSError:
            self._file.truncate(end)
            raise
        return self._file.tell()

    def content(self) -> bytes:
        """Returns what the file holds, also when it was removed."""
        self._file.seek(0)
        return self._file.readall()

    def _check_place(self):
        """What is appended to a file that was removed is lost, and nothing says so."""
        if not os.path.samestat(os.stat(self.path), os.fstat(self._file.fileno())):
            raise FileNotFoundError("another file has taken its place")


@contextlib.contextmanager
def _claimed(path):
    """Locks a file for this process, where the file system has locks, as long as a block runs.

    Within the process it is one lock: a `fit` that was interrupted does not keep the next one from
    the log.
    """
    folder, name = os.path.split(os.path.abspath(path))
    lock = filelock.FileLock(
        os.path.join(folder, f".{name}.lock"), timeout=0, thread_local=False, is_singleton=True
    )
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(lock)
        except filelock.Timeout:
            raise BlockingIOError("another process writes to it") from None
        except (OSError, NotImplementedError):
            pass
        yield lock
