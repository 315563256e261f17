"""The source lines around the place of a finding, for readers who do not have the file."""

import linecache
from typing import Any

from keras_gradwatch.findings import Finding, Location

AROUND = 5
_LONGEST = 200


def with_source(finding: Finding) -> dict[str, Any]:
    """Returns a finding as `to_dict()` does, with `source`: the lines around its location.

    Args:
        finding: The finding.

    Returns:
        The dictionary. `source` is `None` where the lines cannot be read or are others than when
        the finding was made, else it has `first` (the number of its first line) and `lines`.
    """
    return finding.to_dict() | {"source": finding.location and _around(finding.location)}


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
