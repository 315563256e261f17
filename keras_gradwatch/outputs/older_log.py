"""What is kept of a CSV log that is there already: the rows from before a step."""

import contextlib
import gzip
import os

from keras_gradwatch.record import COLUMNS

HEADER = (",".join(COLUMNS) + "\n").encode()

_LEVEL = 6
"""Of gzip: a third of the bytes, for 5 us of 190; level 9 saves no more than a hundredth."""


def is_compressed(path: str) -> bool:
    """Whether a log is compressed, by the end of its name."""
    return path.endswith(".gz")


def packed(rows: bytes) -> bytes:
    """Returns rows as one member of a gzip file, which may have any number of them."""
    return gzip.compress(rows, _LEVEL, mtime=0)


def length_before(path: str, step: int) -> int:
    """Returns the length of the part of an older log that ends before a step, and with a whole row.

    A compressed one is written anew with that part only.

    Args:
        path: Path of the log.
        step: The step.

    Raises:
        FileExistsError: If the file is no log.
    """
    if not os.path.exists(path):
        return 0
    if not is_compressed(path):
        with open(path, "rb") as file:
            return sum(map(len, _kept(file, step)))
    with gzip.open(path) as file:
        kept = b"".join(_kept(file, step))
    content = packed(kept) if kept else b""
    with open(f"{path}.kept", "wb") as file:
        file.write(content)
    os.replace(f"{path}.kept", path)
    return len(content)


def _kept(file, step):
    """The header and the rows before a step, none of a log with other columns."""
    try:
        header = file.readline()
    except (gzip.BadGzipFile, EOFError) as error:
        raise FileExistsError(f"it is not a log of gradients: {error}") from None
    if not HEADER.startswith(header):
        raise FileExistsError(f"it is not a log of gradients: it begins with {header[:40]!r}")
    if header == HEADER:
        yield header
        for row in _whole_rows(file):
            number = row.split(b",", 1)[0]
            if not number.isdigit() or int(number) >= step:
                return
            yield row


def _whole_rows(file):
    """The rows of a CSV file but for one that was cut off; a quoted name may hold line ends."""
    row = b""
    with contextlib.suppress(EOFError):  # A compressed piece was cut off.
        for line in file:
            row += line
            if row.count(b'"') % 2 == 0 and row.endswith(b"\n"):
                yield row
                row = b""
