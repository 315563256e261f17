"""Keras' own warning of missing gradients, which names no cause, waits for what the watch says."""

import contextlib
import functools
import warnings
from collections.abc import Callable, Iterator

_OF_KERAS = "Gradients do not exist for variables"


@contextlib.contextmanager
def keras_held_back() -> Iterator[list[Callable[[], None]]]:
    """Holds back Keras' warning as long as the context lasts; gives the calls that show it.

    Only what shows warnings is replaced, and no filter: Python takes the warning for shown and
    does not repeat it, and a filter that makes it an error does so.
    """
    held: list[Callable[[], None]] = []
    show = warnings.showwarning

    def show_or_hold(message, *args, **kwargs):
        if str(message).startswith(_OF_KERAS):
            held.append(functools.partial(show, message, *args, **kwargs))
        else:
            show(message, *args, **kwargs)

    warnings.showwarning = show_or_hold
    try:
        yield held
    finally:
        warnings.showwarning = show
