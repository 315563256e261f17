"""The user's script: where it is, and the traceback of what it raises."""

import os
import sys

from keras_gradwatch.tracebacks import without_ours


class Unusable(Exception):
    """Says in one line why a command cannot do its work."""


def existing(script: str) -> str:
    """Returns the path of a script.

    Raises:
        Unusable: If there is no such file.
    """
    if not os.path.isfile(script):
        raise Unusable(f"No such file: {script!r} in {os.getcwd()}")
    return script


def print_error(error: BaseException) -> None:
    """Prints the traceback of an error of the user's code, without what called the script."""
    without_ours(error)
    link = error.__traceback__
    while link is not None and link.tb_frame.f_code.co_filename == "<frozen runpy>":
        link = link.tb_next
    sys.excepthook(type(error), error.with_traceback(link), link)
