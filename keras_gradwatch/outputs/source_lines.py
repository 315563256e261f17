"""The place of a finding for a page: the lines around it, and the way to it in an editor."""

import linecache
import os
import pathlib
import urllib.parse
from typing import Any

from keras_gradwatch.findings import Finding, Location

AROUND = 5
_LONGEST = 200

EDITOR = "vscode://file"
"""VS Code and what is made of it open such an address at the line."""


def with_source(finding: Finding) -> dict[str, Any]:
    """Returns a finding as `to_dict()` does, with what a page shows of its location.

    Args:
        finding: The finding.

    Returns:
        The dictionary. `place` is the location with its absolute path, `editor` the address that
        opens it, `None` where there is no such file. `source` is `None` where the lines around it
        cannot be read or are others than when the finding was made, else it has `first` (the
        number of its first line) and `lines`.
    """
    location = finding.location
    if location is None:
        return finding.to_dict() | {"source": None}
    place = {"place": location.link, "editor": _editor(location), "source": _around(location)}
    return finding.to_dict() | place


def _editor(location: Location):
    if not os.path.isfile(location.file):  # A cell of a notebook, or code that was made.
        return None
    path = pathlib.Path(os.path.abspath(location.file)).as_posix()
    return f"{EDITOR}/{urllib.parse.quote(os.fsencode(path.lstrip('/')))}:{location.line}"


def _around(location: Location):
    try:
        lines = linecache.getlines(location.file)
    except ValueError:  # No file has a name with a null character.
        return None
    here = location.line - 1
    if not (0 <= here < len(lines) and lines[here].strip().startswith(location.text.strip())):
        return None
    first = max(here - AROUND, 0)
    shown = lines[first : here + AROUND + 1]
    return {"first": first + 1, "lines": [line.rstrip()[:_LONGEST] for line in shown]}
