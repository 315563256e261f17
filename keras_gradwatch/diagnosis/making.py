"""The user's line that makes a layer of Keras.

A layer of Keras runs code of Keras: no line of the user's is in its operations. What the user wrote
is the call that makes it, somewhere in a module that is loaded: found by the name that it gives the
layer, or without one by the order of such calls.
"""

import ast
import functools
import linecache
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any

from keras_gradwatch.diagnosis.unnamed import MOST_FILES, is_automatic, line_in_order
from keras_gradwatch.findings import Location, cell_name
from keras_gradwatch.recording.source import is_own, of_line, parsed_text, text_of


def own_files() -> tuple[str, ...]:
    """Returns the files of the modules that are loaded and in no package, and the cells."""
    modules = list(sys.modules.values())
    files = dict.fromkeys(getattr(module, "__file__", None) for module in modules)
    cells = [file for file in list(linecache.cache) if cell_name(file)]
    return (*(file for file in files if file and file.endswith(".py") and is_own(file)), *cells)


def making_line(layer: Any, layers: Iterable[Any], files: Iterable[str]) -> Location | None:
    """Returns the line that makes a layer.

    Args:
        layer: The layer.
        layers: The layers of its model. Of several files that have such a line, it is the one that
            names more of them.
        files: What `own_files` returned.

    Returns:
        The location, `None` where no call or more than one may make it.
    """
    layers = list(layers)
    unnamed = line_in_order(layer, layers, files) if is_automatic(layer) else None
    return unnamed or _naming_line(layer, [one.name for one in layers], files)


def _naming_line(layer, names: Iterable[str], files: Iterable[str]) -> Location | None:
    """The line that makes a layer and gives it its name."""
    for fits in (_is_name, _may_be_name):
        found = {file: _calls_for(file, layer.name, fits) for file in files}
        found = {file: calls for file, calls in found.items() if calls}
        if len(found) > 1 or is_automatic(layer):
            known = {f: sum(bool(_calls_for(f, name, fits)) for name in names) for f in found}
            most = max(known.values(), default=0)
            least = 2 if is_automatic(layer) else 1  # The file names another layer of the model.
            found = {f: calls for f, calls in found.items() if known[f] == most >= least}
        lines = [of_line(file, call.lineno) for file, calls in found.items() for call in calls]
        if lines:
            return lines[0] if len(lines) == 1 else None
    return None


def _calls_for(file: str, name: str, fits: Callable[[Any, str], bool]) -> list[Any]:
    """The calls in a file whose name fits."""
    return [call for call in _calls_with_name(text_of(file)) if fits(_name_in(call), name)]


def freezing_line(layer: Any, layers: Iterable[Any], files: Iterable[str]) -> Location | None:
    """Returns the line that makes a layer one that is not trained.

    Args:
        layer: The layer.
        layers: The layers of its model.
        files: What `own_files` returned.

    Returns:
        The call that makes it, where that says so; otherwise the one statement that sets
        `trainable` to `False`, in the same file where that is known; `None` for several.
    """
    made = making_line(layer, layers, files)
    if made is not None and _may_freeze(made):
        return made
    files = files if made is None else [made.file]
    lines = [of_line(f, node.lineno) for f in files for node in _freezing_statements(text_of(f))]
    return lines[0] if len(lines) == 1 else None


@functools.lru_cache(MOST_FILES)
def _calls_with_name(text: str) -> tuple[Any, ...]:
    if "name" not in text:
        return ()
    calls = (node for node in ast.walk(parsed_text(text)) if isinstance(node, ast.Call))
    return tuple(call for call in calls if _name_in(call) is not None)


def _name_in(call) -> Any:
    """The expression of the argument `name`, if it is a text."""
    values = (keyword.value for keyword in call.keywords if keyword.arg == "name")
    value = next(values, None)
    return value if isinstance(value, ast.Constant | ast.JoinedStr) else None


def _is_name(expression, name: str) -> bool:
    return isinstance(expression, ast.Constant) and expression.value == name


def _may_be_name(expression, name: str) -> bool:
    """Whether a formatted string, some of which is written out, can give this name."""
    written = [p for p in getattr(expression, "values", ()) if isinstance(p, ast.Constant)]
    if not isinstance(expression, ast.JoinedStr) or not written:
        return False
    parts = (
        re.escape(str(p.value)) if isinstance(p, ast.Constant) else ".+" for p in expression.values
    )
    return re.fullmatch("".join(parts), name) is not None


@functools.lru_cache(MOST_FILES)
def _freezing_statements(text: str) -> tuple[Any, ...]:
    if "trainable" not in text:
        return ()
    assignments = (node for node in ast.walk(parsed_text(text)) if isinstance(node, ast.Assign))
    return tuple(node for node in assignments if _is_false(node.value) and _sets_trainable(node))


def _sets_trainable(assignment) -> bool:
    return any(getattr(target, "attr", None) == "trainable" for target in assignment.targets)


def _is_false(expression) -> bool:
    return isinstance(expression, ast.Constant) and expression.value is False


def _may_freeze(made: Location) -> bool:
    """Whether a call says `trainable=False`, or passes options on that may."""
    return any(
        keyword.arg in ("trainable", None)
        for call in _calls_with_name(text_of(made.file))
        if call.lineno == made.line
        for keyword in call.keywords
    )
