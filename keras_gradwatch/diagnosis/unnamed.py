"""The user's line that makes a layer to which it gives no name.

Keras numbers such layers in the order in which they are made. A file, or a function of one, that
has as many calls of the class without a name as there are such layers makes one with each, in the
order of its lines. Each call must agree with its layer in the arguments that are written out.
"""

import ast
import functools
import inspect
import re
from collections.abc import Iterable
from typing import Any

from keras_gradwatch.findings import Location
from keras_gradwatch.recording.source import of_line, parsed_text, text_of

MOST_FILES = 4096
"""Files of one program of which the few calls that matter are remembered."""


def is_automatic(layer: Any) -> bool:
    """Whether Keras named the layer after its class: another one may bear that name on purpose."""
    return re.fullmatch(rf"{_words(type(layer))}(_\d+)?", layer.name) is not None


def line_in_order(layer: Any, layers: Iterable[Any], files: Iterable[str]) -> Location | None:
    """Returns the line that makes a layer without a name.

    Args:
        layer: The layer.
        layers: The layers of its model.
        files: The files that may make them.

    Returns:
        The location, `None` where no file or more than one has calls that fit.
    """
    known = {id(one): one for one in (*layers, layer)}.values()  # It may never have been called.
    alike = [one for one in known if type(one) is type(layer) and is_automatic(one)]
    in_order = sorted(alike, key=_number)
    for parts in (_file, _functions):
        found = []
        for file in files:
            for calls in parts(text_of(file), type(layer).__name__):
                if len(calls) == len(in_order) and all(map(_agrees, calls, in_order)):
                    found.append(of_line(file, calls[in_order.index(layer)].lineno))
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _words(kind: type) -> str:
    words = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", kind.__name__)
    return re.sub("([a-z])([A-Z])", r"\1_\2", words).lower()


def _number(layer) -> int:
    """The number in a name that Keras gave; the first one of a class has none."""
    return int(layer.name[len(_words(type(layer))) + 1 :] or 0)


def _file(text: str, kind: str) -> list[tuple[ast.Call, ...]]:
    """The calls of a class in a file."""
    return [_calls_of(text, kind)]


def _functions(text: str, kind: str) -> list[tuple[ast.Call, ...]]:
    """The calls of a class in each function of a file, and in what stands outside of them."""
    functions = [n for n in ast.walk(parsed_text(text)) if isinstance(n, ast.FunctionDef)]
    parts: dict[int, list[ast.Call]] = {}
    for call in _calls_of(text, kind):
        around = [f.lineno for f in functions if f.lineno <= call.lineno <= (f.end_lineno or 0)]
        parts.setdefault(max(around, default=0), []).append(call)
    return [tuple(calls) for calls in parts.values()]


@functools.lru_cache(MOST_FILES)
def _calls_of(text: str, kind: str) -> tuple[ast.Call, ...]:
    """The calls of a class without a name, in the order of their lines."""
    if kind not in text:
        return ()
    calls = (node for node in ast.walk(parsed_text(text)) if isinstance(node, ast.Call))
    making = [call for call in calls if _called(call) == kind and not _gives_name(call)]
    return tuple(sorted(making, key=lambda call: (call.lineno, call.col_offset)))


def _called(call) -> str | None:
    return getattr(call.func, "attr", None) or getattr(call.func, "id", None)


def _gives_name(call) -> bool:
    """Whether it gives a name, or passes options on that may."""
    return any(keyword.arg in ("name", None) for keyword in call.keywords)


def _agrees(call: ast.Call, layer) -> bool:
    """Whether the arguments that a call writes out are those of a layer."""
    names = list(inspect.signature(type(layer).__init__).parameters)[1:]
    given = dict(zip(names, call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    written = {name: v.value for name, v in given.items() if isinstance(v, ast.Constant)}
    try:
        config = layer.get_config()
    except Exception:  # A class of the user's that cannot be saved: nothing to compare with.
        return True
    return all(_is_same(config.get(name, value), value) for name, value in written.items())


def _is_same(kept, written) -> bool:
    """Whether a layer keeps what was written: `3` as `(3, 3)`, what is no plain value anyhow."""
    if isinstance(kept, list | tuple):
        return bool(kept) and all(isinstance(one, _PLAIN) and one == written for one in kept)
    return not isinstance(kept, _PLAIN) or kept == written


_PLAIN = (bool, int, float, str, type(None))
