"""Checks of what the user passes in, with messages in Keras' wording."""

import os

from keras_gradwatch.findings import SYMPTOMS


def positive_integer(name: str, value) -> int:
    """Returns an integer above zero."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"`{name}` must be a positive integer. Received: {name}={value!r}")
    return value


def path(name: str, value) -> str | None:
    """Returns a path as a string, or `None`."""
    if value is None:
        return None
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise ValueError(f"`{name}` must be a path or None. Received: {name}={value!r}")
    return os.fspath(value)


def symptoms(name: str, value) -> tuple[str, ...]:
    """Returns the names of symptoms as a tuple."""
    names = (value,) if isinstance(value, str) else value
    try:
        names = tuple(names)
    except TypeError:
        names = (value,)
    if any(symptom not in SYMPTOMS for symptom in names):
        raise ValueError(
            f"`{name}` must be one or several of {SYMPTOMS}. Received: {name}={value!r}"
        )
    return names


def callables(name: str, value) -> list:
    """Returns a list of functions."""
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise ValueError(f"`{name}` must be a list of functions. Received: {name}={value!r}")
    functions = list(value)
    if not all(callable(function) for function in functions):
        raise ValueError(f"`{name}` must be a list of functions. Received: {name}={value!r}")
    return functions
