"""The CSV log: one row per sampled step and weight, appended as training goes."""

import csv
import io
import os
import shutil
import tempfile
import weakref

import numpy as np

from keras_gradwatch.record import COLUMNS, STATISTICS, Record


class Table:
    """A CSV file with one row per sampled step and weight.

    A run that goes on at step `s` replaces the rows from `s` on: resumed training appends, a
    training from the start begins the file anew, and no step stands in it twice.

    Args:
        path: Path of the file, or `None` for a temporary one that lives as long as this object.

    Raises:
        OSError: If the file cannot be written.
    """

    def __init__(self, path: str | os.PathLike | None = None):
        self.is_temporary = path is None
        self.path = self._temporary_path() if path is None else os.fspath(path)
        self._file: io.BufferedRandom | None = None
        self._first_step = 0

    def begin(self, step: int) -> None:
        """Says at which step the next rows begin: older rows from there on are replaced."""
        self.close()
        self._first_step = step

    def write(self, record: Record) -> None:
        """Appends the rows of a record, in one write."""
        if self._file is None:
            self._file = self._open()
            self._finalize_file = weakref.finalize(self, self._file.close)
        self._file.write(_rows(record).encode())
        self._file.flush()

    def report(self, findings) -> None:
        """Findings have no place in the table."""

    def close(self) -> None:
        """Closes the file; the next record opens it again."""
        if self._file is not None:
            self._finalize_file()
            self._file = None

    def to_pandas(self):
        """Returns the table as a `pandas.DataFrame`, the same that `pd.read_csv` gives."""
        import pandas as pd

        if not os.path.exists(self.path):
            return pd.DataFrame(columns=list(COLUMNS))
        return pd.read_csv(self.path)

    def _temporary_path(self):
        directory = tempfile.mkdtemp(prefix="gradwatch-")
        weakref.finalize(self, shutil.rmtree, directory, ignore_errors=True)
        return os.path.join(directory, "gradients.csv")

    def __str__(self):
        return f"the CSV log {self.path}"

    def _open(self):
        os.makedirs(os.path.dirname(os.path.abspath(self.path)), exist_ok=True)
        file = open(self.path, "ab+")  # noqa: SIM115 - open as long as fit runs
        _truncate(file, _keep(file, self._first_step))
        if file.tell() == 0:
            file.write((",".join(COLUMNS) + "\n").encode())
        return file


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


def _keep(file, step) -> int:
    """Length of the part of the file that ends before `step` and with a whole line."""
    file.seek(0)
    end = len(file.readline())
    for line in file:
        number = line.split(b",", 1)[0]
        if not line.endswith(b"\n") or not number.isdigit() or int(number) >= step:
            break
        end += len(line)
    return end


def _truncate(file, length):
    file.truncate(length)
    file.seek(0, os.SEEK_END)


def _rows(record) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = [_numbers(record.statistics[name], name) for name in STATISTICS]
    for i, weight in enumerate(record.weights):
        writer.writerow(
            [
                record.step,
                record.epoch,
                record.batch,
                weight.optimizer,
                weight.layer,
                weight.path,
                weight.shape,
                weight.size,
                *(column[i] for column in columns),
                bool(record.missing[i]),
            ]
        )
    return text.getvalue()


def _numbers(values, name):
    """Six significant digits: more is noise of float32 sums, and half of the file."""
    if name == "nonfinite":
        return ["" if np.isnan(value) else int(value) for value in values]
    return ["" if np.isnan(value) else f"{value:.6g}" for value in values]
