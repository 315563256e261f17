"""The CSV log: one row per sampled step and weight, appended as training goes."""

import functools
import gzip
import os
import shutil
import tempfile
import weakref

import numpy as np

from keras_gradwatch.outputs.appending import AppendedFile
from keras_gradwatch.outputs.older_log import HEADER, is_compressed, length_before, packed
from keras_gradwatch.record import COLUMNS, STATISTICS, Record, Records

_NUMBERS = "".join(",%.0f" if name == "nonfinite" else ",%.6g" for name in STATISTICS)
"""Six significant digits: more is noise of float32 sums, and half of the file."""


class Table:
    """A CSV file with one row per sampled step and weight.

    A run that goes on at step `s` replaces the rows from `s` on: resumed training appends, a
    training from the start begins the file anew, and no step stands in it twice. Names are written
    as they are, so that `pd.read_csv` gives them back: in a spreadsheet a layer that is called
    `=1+1` is a formula.

    Args:
        path: Path of the file, or `None` for a temporary one that lives as long as this object.
            One that ends in `.gz` is compressed; `pd.read_csv` reads it as it reads the other.

    Raises:
        OSError: If the file cannot be written.
    """

    def __init__(self, path: str | os.PathLike | None = None):
        self.is_temporary = path is None
        self.path = self._temporary_path() if path is None else os.fspath(path)
        self._file: AppendedFile | None = None
        self._last_step = self._length = -1

    def begin(self, step: int) -> AppendedFile:
        """Opens the file for rows from a step on; older rows from there on are taken out.

        Args:
            step: The step.

        Returns:
            The file.
        """
        self.close()
        kept = self._length if self._ends_before(step) else length_before(self.path, step)
        self._file = file = AppendedFile(self.path, kept)
        self._finalize_file = weakref.finalize(self, file.close)
        self._finalize_file.atexit = False  # It could hang there, and nothing is buffered.
        if not kept:
            file.append(self._packed(HEADER))
        return file

    def write(self, record: Record) -> None:
        """Appends the rows of a record."""
        self.write_all(Records.of(record))

    def write_all(self, records: Records) -> None:
        """Appends the rows of records, in one write."""
        file = self._file or self.begin(records.step[0])
        self._length = file.append(self._packed(_rows(records).encode()))
        self._last_step = records.step[-1]

    def report(self, findings) -> None:
        """Findings have no place in the table."""

    def close(self) -> None:
        """Closes the file; the next record opens it again."""
        if self._file is not None:
            self._finalize_file()
            self._file = None

    def moved(self) -> "Table":
        """Returns a temporary table that begins with the rows of this one."""
        table = Table()
        if self._file is not None:
            content = self._file.content()
            with open(table.path, "wb") as file:
                file.write(gzip.decompress(content) if is_compressed(self.path) else content)
        return table

    def to_pandas(self):
        """Returns the table as a `pandas.DataFrame`, the same that `pd.read_csv` gives."""
        import pandas as pd

        if not os.path.exists(self.path):
            return pd.DataFrame(columns=list(COLUMNS))
        return pd.read_csv(self.path)

    def _packed(self, rows):
        return packed(rows) if is_compressed(self.path) else rows

    def _ends_before(self, step):
        """Whether all that is there was written here, before a step: it need not be read again."""
        is_untouched = os.path.exists(self.path) and os.path.getsize(self.path) == self._length
        return is_untouched and self._last_step < step

    def _temporary_path(self):
        directory = tempfile.mkdtemp(prefix="gradwatch-")
        weakref.finalize(self, shutil.rmtree, directory, ignore_errors=True)
        return os.path.join(directory, "gradients.csv")

    def __str__(self):
        return "the table" if self.is_temporary else f"the CSV log {self.path}"


def layer_table(record: Record | None):
    """Returns a `pandas.DataFrame` with the statistics of each layer at one step.

    Args:
        record: The step, or `None` for an empty table.
    """
    import pandas as pd

    names = ["norm", "zero_fraction", "dead_fraction", "update_ratio"]
    if record is None:
        return pd.DataFrame(columns=names).rename_axis("layer")
    frame = pd.DataFrame({name: record[name] for name in names})
    layers = pd.Series([weight.layer for weight in record.weights], name="layer")
    table = frame.groupby(layers, sort=False).mean()
    table["norm"] = pd.Series(record.layer_norms())
    return table


def _rows(records) -> str:
    numbers = np.stack([records.statistics[name] for name in STATISTICS], axis=-1)
    count = records.missing.size
    written = ((_NUMBERS + "\n") * count % tuple(numbers.ravel().tolist())).replace("nan", "")
    when = zip(records.step, records.epoch, records.batch, strict=True)
    starts = [f"{step},{epoch},{batch}," for step, epoch, batch in when]
    described = _described(records.weights)
    heads = (start + weight for start in starts for weight in described)
    rows = zip(heads, written.splitlines(), records.missing.ravel().tolist(), strict=True)
    return "".join(f"{head}{row},{missing}\n" for head, row, missing in rows)


@functools.lru_cache(maxsize=8)
def _described(weights) -> list[str]:
    """What stands in the rows of each weight at every step."""
    rows = [(w.optimizer, w.layer, w.path, w.shape, w.size) for w in weights]
    return [",".join(map(_field, row)) for row in rows]


def _field(value) -> str:
    """A value as one field; `csv.writer` would leave a lone carriage return without quotes."""
    text = str(value)
    if any(character in text for character in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text
