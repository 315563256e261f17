"""Which lines of the running program are the user's own."""

import ast
import functools
import linecache
import os
import sys
import sysconfig
from types import CodeType, FrameType

from keras_gradwatch.findings import Location

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_LIBRARIES = tuple(
    os.path.realpath(sysconfig.get_path(name)) + os.sep for name in ("stdlib", "platstdlib")
)
_FRAMEWORKS = tuple(
    f"{os.sep}{name}{os.sep}"
    for name in ("keras", "tensorflow", "jax", "jaxlib", "torch", "numpy", "wrapt", "autograph")
)


@functools.cache
def is_users(filename: str) -> bool:
    """Whether a file is the user's: not of Keras, its backends, Python or this package."""
    if filename.startswith("<"):
        return filename.startswith(("<ipython", "<stdin"))
    path = os.path.realpath(filename)
    if path.startswith(_PACKAGE):
        return False
    if "site-packages" in path or "dist-packages" in path:
        return not any(name in path for name in _FRAMEWORKS)
    return not path.startswith(_LIBRARIES)


@functools.cache
def is_own(filename: str) -> bool:
    """Whether a file is the user's and of no package that is installed."""
    return is_users(filename) and "-packages" not in os.path.realpath(filename)


def lines(until: FrameType | None = None) -> tuple[Location, ...]:
    """The user's lines that are running now, innermost first.

    Args:
        until: The frame at which to stop: what called it is not of interest.
    """
    found = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame is not until:
        if is_users(frame.f_code.co_filename):
            found.append(location(frame.f_code, frame.f_lineno))
        frame = frame.f_back
    return tuple(found)


def location(code: CodeType, line: int) -> Location:
    """The location of a line of a function."""
    return _location(code.co_filename, line, code.co_name)


@functools.lru_cache(4096)
def _location(file: str, line: int, function: str) -> Location:
    # Not by the code object: two of the same text in two files are equal.
    return Location(file, line, function, linecache.getline(file, line).strip())


def parsed(file: str) -> ast.AST:
    """The syntax tree of a file as it is now; an empty one where it is no plain Python."""
    return parsed_text(text_of(file))


def text_of(file: str) -> str:
    """The text of a file as it is now; an empty one where it cannot be read."""
    return "".join(linecache.getlines(file))


@functools.lru_cache(256)
def parsed_text(text: str) -> ast.AST:
    """The syntax tree of a text; an empty one where it is no plain Python."""
    try:
        return ast.parse(text)
    except SyntaxError:  # A cell of a notebook with magic in it.
        return ast.Module([], [])


def function_around(file: str, line: int) -> ast.FunctionDef | None:
    """The innermost function that a line stands in, `None` for the module itself."""
    functions = (n for n in ast.walk(parsed(file)) if isinstance(n, ast.FunctionDef))
    around = [n for n in functions if n.lineno <= line <= (n.end_lineno or 0)]
    return max(around, key=lambda n: n.lineno, default=None)


@functools.lru_cache(4096)
def is_bare_call(place: Location) -> bool:
    """Whether a line is a call whose result nobody takes: `x.add(y)` on its own."""
    return any(
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and getattr(node.value.func, "attr", None) not in _KEEPS_ARGUMENTS
        and node.lineno <= place.line <= (node.end_lineno or 0)
        for node in ast.walk(parsed(place.file))
    )


@functools.lru_cache(4096)
def is_returned(place: Location) -> bool:
    """Whether a function returns what one of its lines makes: there, or later by its name."""
    function = function_around(place.file, place.line)
    if function is None:
        return False
    returns = [node for node in ast.walk(function) if isinstance(node, ast.Return)]
    if any(node.lineno <= place.line <= (node.end_lineno or 0) for node in returns):
        return True
    names = set(assigned_names(place)) - _stored(function, place.line)
    later = [node for node in returns if node.lineno > place.line]
    return any(getattr(n, "id", None) in names for node in later for n in ast.walk(node))


def _stored(function, after: int) -> set[str]:
    """The names that a function assigns to behind a line."""
    names = (node for node in ast.walk(function) if isinstance(node, ast.Name))
    return {n.id for n in names if n.lineno > after and isinstance(n.ctx, ast.Store)}


_KEEPS_ARGUMENTS = {"append", "extend", "insert", "update", "setdefault"}
"""Methods of containers: their result is nothing, and what they are called with is kept."""


@functools.lru_cache(4096)
def assigned_names(place: Location) -> tuple[str, ...]:
    """The names that the statement on a line assigns to."""
    try:
        tree = ast.parse(place.text)
    except SyntaxError:  # A part of a statement.
        return ()
    stored = (n for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return tuple(node.id for node in stored)


@functools.lru_cache(4096)
def overwritten_parameter(place: Location) -> Location | None:
    """The line that writes over a parameter that nothing has read, in the function of a line."""
    function = function_around(place.file, place.line)
    if function is None:
        return None
    for parameter in function.args.args:
        names = [n for s in function.body for n in ast.walk(s) if isinstance(n, ast.Name)]
        own = [n for n in names if n.id == parameter.arg]
        first = min(own, key=lambda n: (n.lineno, isinstance(n.ctx, ast.Store)), default=None)
        if first is not None and isinstance(first.ctx, ast.Store):
            return of_line(place.file, first.lineno)
    return None


def of_line(file: str, line: int) -> Location:
    """The location of a line of a file."""
    function = function_around(file, line)
    name = function.name if function else "<module>"
    return Location(file, line, name, linecache.getline(file, line).strip())


def of_traceback(error: BaseException) -> tuple[Location, ...]:
    """The user's lines in the traceback of an error, innermost first."""
    found, traceback = [], error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if is_users(code.co_filename):
            found.append(location(code, traceback.tb_lineno))
        traceback = traceback.tb_next
    return tuple(reversed(found))


def of_gradient_function(backward) -> Location | None:
    """The line on which the user's gradient function returns, found in what a closure holds."""
    seen, waiting = set(), [backward]
    while waiting:
        function = waiting.pop(0)
        code = getattr(function, "__code__", None)
        if code is None or code in seen:
            continue
        seen.add(code)
        if is_users(code.co_filename):
            return location(code, _last_line(code))
        waiting += [cell.cell_contents for cell in function.__closure__ or () if _is_set(cell)]
    return None


def _is_set(cell) -> bool:
    try:
        return callable(cell.cell_contents)
    except ValueError:
        return False


def _last_line(code) -> int:
    return max(line for _, _, line in code.co_lines() if line is not None)
