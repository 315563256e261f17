"""How findings reach the person at the console: as warnings, at the person's own line."""

import os
import sys
import warnings

import keras

import keras_gradwatch
from keras_gradwatch.findings import Finding, GradientWarning

_NOT_THE_USERS = tuple(
    os.path.dirname(os.path.abspath(str(module.__file__))) + os.sep
    for module in (keras, keras_gradwatch)
)


def warn(finding: Finding, params: dict) -> None:
    """Issues a finding as a warning, below the progress bar of `fit` and not inside it."""
    if params.get("verbose") == 1:
        print()
    _issue(f"\n{finding}\n", GradientWarning)


def say(text: str) -> None:
    """Issues a warning about the watch itself."""
    _issue(text, UserWarning)


def _issue(text, category):
    warnings.warn(text, category, stacklevel=_level_of_user())


def _level_of_user() -> int:
    """Stack level, seen from `_issue`, of the nearest frame outside Keras and this package."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and _is_foreign(frame.f_code.co_filename):
        level, frame = level + 1, frame.f_back
    return level


def _is_foreign(filename) -> bool:
    return (
        os.path.abspath(filename).startswith(_NOT_THE_USERS)
        or f"{os.sep}tensorflow{os.sep}" in filename
    )
