"""The trials of a tuner: a copy of the watch for each, with a log and findings of its own."""

import functools
import itertools
import os
from collections.abc import Sequence
from typing import Any

from keras_gradwatch.findings import Finding
from keras_gradwatch.outputs.output import Output
from keras_gradwatch.record import Record


class Trial(Output):
    """Keeps what one copy of a watch finds where the original can be asked.

    Args:
        found: The findings of each trial by its name.
        name: The name of this one.
    """

    def __init__(self, found: dict[str, list[Finding]], name: str):
        self._found = found
        self._name = name

    def write(self, record: Record) -> None:
        """Notes that the trial was sampled: without findings nothing is wrong with it."""
        self._found.setdefault(self._name, [])

    def report(self, findings: Sequence[Finding]) -> None:
        """Keeps the findings that stand."""
        self._found[self._name] = list(findings)


class TrialFolders:
    """Gives each trial a folder that no other has: `trial_1`, `trial_2`, ...

    Args:
        log_dir: The TensorBoard log directory of the original, or `None`.
        csv: Its CSV log, or `None`.
    """

    def __init__(self, log_dir: str | None, csv: str | None):
        self._log_dir = log_dir
        self._csv = csv
        self._numbers = itertools.count(1)

    def next(self) -> tuple[str, dict[str, str | None]]:
        """Returns the name of the next trial, and its arguments `log_dir` and `csv`.

        A folder that is there was written by an earlier search, and is left as it is.
        """
        while True:
            name = f"trial_{next(self._numbers)}"
            log_dir = self._log_dir and os.path.join(self._log_dir, name)
            folder, file = os.path.split(self._csv or "")
            csv = self._csv and os.path.join(folder, name, file)
            if not any(path and os.path.exists(path) for path in (log_dir, csv)):
                return name, {"log_dir": log_dir, "csv": csv}


class Copied:
    """The part of a watch that is about copies of it: each begins anew."""

    _arguments: dict[str, Any]

    @functools.cached_property
    def trials(self) -> dict[str, list[Finding]]:
        """The findings of each trial, by the name of the trial."""
        return {}

    @functools.cached_property
    def _folders(self):
        return TrialFolders(self._arguments["log_dir"], self._arguments["csv"])

    def __reduce__(self):
        """An unpickled watch begins anew with the same arguments."""
        return functools.partial(type(self), **self._arguments), ()

    def __copy__(self):
        """A copy begins anew in a folder of its own: tuners copy callbacks for each trial."""
        name, places = self._folders.next()
        outputs = [*self._arguments["outputs"], Trial(self.trials, name)]
        return type(self)(**self._arguments | places | {"outputs": outputs})

    def __deepcopy__(self, memo):
        return self.__copy__()
