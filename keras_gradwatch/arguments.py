"""Checks of what the user passes in, with messages in Keras' wording."""

import os
from collections.abc import Iterable
from difflib import get_close_matches

from keras_gradwatch.findings import CAUSES, SYMPTOMS

_NEVER_IN_FIT = ("wrong", "wrong-derivative", "raises", "step-raises", "unknown")
_STOPS = tuple(name for name in dict.fromkeys(SYMPTOMS + CAUSES) if name not in _NEVER_IN_FIT)
"""What can stop a training; a step that raises ends it without our help."""

_EXPLAINED = ("shape", *(cause for cause in CAUSES if cause not in SYMPTOMS))
"""What only the search for causes sees."""

_SYNONYMS = {
    "nan": "non-finite",
    "inf": "non-finite",
    "infinite": "non-finite",
    "infinity": "non-finite",
    "none": "missing",
    "zeros": "zero",
    "dead": "dead-channels",
}
"""Words of the field for symptoms that bear another name here."""


def interval(name: str, value) -> int | str:
    """Returns an integer above zero, or `"auto"`."""
    if isinstance(value, str) and value == "auto":
        return value
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(
            f'`{name}` must be a positive integer or "auto". Received: {name}={value!r}'
        )
    return value


def amount(name: str, value) -> bool | str:
    """Returns `True`, `False` or `"all"`."""
    if not isinstance(value, bool) and value != "all":
        raise ValueError(f'`{name}` must be True, False or "all". Received: {name}={value!r}')
    return value


def share(name: str, value) -> float:
    """Returns a number above 0 and below 1."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value < 1:
        raise ValueError(f"`{name}` must be above 0 and below 1. Received: {name}={value!r}")
    return float(value)


def path(name: str, value) -> str | None:
    """Returns a path as a string, or `None`."""
    if value is None:
        return None
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise ValueError(f"`{name}` must be a path or None. Received: {name}={value!r}")
    return os.fspath(value)


def stops(name: str, value, explain: bool) -> tuple[str, ...]:
    """Returns the names of symptoms and causes that can stop a training, as a tuple."""
    names = (value,) if isinstance(value, str) or not isinstance(value, Iterable) else value
    names = tuple(names)
    for one in names:
        if one not in _STOPS:
            raise ValueError(
                f"`{name}` must be symptoms or causes. Received: {name}={value!r}. {_hint(one)}"
            )
        if one in _EXPLAINED and not explain:
            raise ValueError(
                f"`{name}` must be symptoms that need no search for causes with `explain=False`. "
                f"Received: {name}={value!r}"
            )
    return names


def _hint(unknown) -> str:
    """What was probably meant."""
    if unknown in ("wrong", "wrong-derivative"):
        return "Only `diagnose(model, x, y, numeric=True)` compares derivatives."
    word = str(unknown).lower().replace("_", "-").replace(" ", "-")
    word = _SYNONYMS.get(word, word)
    for meant in get_close_matches(word, _STOPS, 1):
        return f"Did you mean {meant!r}?"
    return f"Known are {', '.join(_STOPS)}."


def callables(name: str, value) -> list:
    """Returns a list of functions."""
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise ValueError(f"`{name}` must be a list of functions. Received: {name}={value!r}")
    functions = list(value)
    if not all(callable(function) for function in functions):
        raise ValueError(f"`{name}` must be a list of functions. Received: {name}={value!r}")
    return functions


def outputs(name: str, value) -> list:
    """Returns a list of outputs."""
    items = list(value) if isinstance(value, list | tuple) else [value]
    methods = ("write", "report", "close")
    if isinstance(value, str) or not all(
        callable(getattr(item, method, None)) and not isinstance(item, type)
        for item in items
        for method in methods
    ):
        raise ValueError(
            f"`{name}` must be a list of objects with the methods `write(record)`, "
            "`report(findings)` and `close()`, such as subclasses of `keras_gradwatch.Output`. "
            f"Received: {name}={value!r}"
        )
    return items
