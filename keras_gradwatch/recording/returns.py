"""The line on which a function hands over its result."""

import dis
import inspect
import linecache
import sys
import types
from collections.abc import Callable
from typing import Any

from keras_gradwatch.findings import Location


def watch_return(function: Callable, call: Callable) -> tuple[Any, Location]:
    """Runs `call`, and returns its result and the line on which `function` returned.

    Args:
        function: A Python function that `call` may run, directly or not. Where it does not,
            its last return statement is given.
        call: A function without arguments.
    """
    code = inspect.unwrap(function).__code__
    lines = _return_lines(code)

    def local(frame, event, _):
        if event == "return":
            lines.append(frame.f_lineno)
        return local

    before = sys.gettrace()
    sys.settrace(lambda frame, event, _: local if frame.f_code is code else None)
    try:
        result = call()
    finally:
        sys.settrace(before)
    text = linecache.getline(code.co_filename, lines[-1]).strip()
    return result, Location(code.co_filename, lines[-1], code.co_name, text)


def _return_lines(code: types.CodeType) -> list[int]:
    """The lines of the return statements, in the order of the code."""
    return [
        step.positions.lineno
        for step in dis.get_instructions(code)
        if step.opname in ("RETURN_VALUE", "RETURN_CONST")
        and step.positions
        and step.positions.lineno
    ]
