"""Tracebacks of the user's own exceptions, without the frames of this package."""

import os
from types import TracebackType

_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep


def without_ours(error: BaseException) -> BaseException:
    """Takes our frames out of the traceback of an exception that went through them.

    Args:
        error: The exception. One that this package raised itself is left as it is.

    Returns:
        The same exception.
    """
    links = list(_links(error.__traceback__))
    if not links or _is_ours(links[-1]):
        return error
    shown = None
    for link in reversed(links):
        if not _is_ours(link):
            link.tb_next, shown = shown, link
    return error.with_traceback(shown)


def _links(traceback: TracebackType | None):
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _is_ours(link: TracebackType) -> bool:
    return os.path.abspath(link.tb_frame.f_code.co_filename).startswith(_OURS)
