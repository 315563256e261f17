"""A file that one process appends to, in whole pieces."""

import contextlib
import os

try:
    import fcntl
except ImportError:  # Windows, where two writers are not kept apart.
    fcntl = None  # type: ignore[assignment]


class AppendedFile:
    """A file that is open for appending, and holds whole pieces only.

    Nothing is buffered: what was appended is with the operating system, and outlives the process.

    Args:
        path: Path of the file; its directory is made when it is not there.
        kept: Number of bytes that are kept of an older file.

    Raises:
        OSError: If the file cannot be written, or another process appends to it.
    """

    def __init__(self, path: str, kept: int):
        self.path = path
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        self._file = open(path, "ab+", buffering=0)  # noqa: SIM115 - open as long as fit runs
        with contextlib.ExitStack() as closing:
            closing.enter_context(self._file)
            self._claim()
            self._file.truncate(kept)
            closing.pop_all()
        self.close = self._file.close

    def append(self, piece: bytes) -> int:
        """Appends all of a piece, or nothing of it.

        Args:
            piece: The bytes.

        Returns:
            The length of the file.

        Raises:
            OSError: If the disk is full, the file was removed, or another process took it over.
        """
        self._check_place()
        self._claim()
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

    def _claim(self):
        """Locks the file for this process; reading it in this process has unlocked it again."""
        if fcntl is None:
            return
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            raise BlockingIOError("another process writes to it") from None
        except OSError:
            pass  # A file system that has no locks.
