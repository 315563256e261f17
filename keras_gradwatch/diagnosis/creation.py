"""The line of a layer's source that creates one of its weights."""

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator

from keras_gradwatch.findings import Location
from keras_gradwatch.recording.recording import Variable
from keras_gradwatch.recording.source import is_users


def creation_line(layer, attributes: dict, variable: Variable) -> Location | None:
    """Finds where a layer's own class creates a variable.

    The attribute that holds the variable, or a list it is in, names the assignment; failing
    that, `name="..."` of a call does. Where nothing creates a variable by its name, the attribute
    gets it from a call: a module of PyTorch's, a function of the user's.

    Args:
        layer: The layer.
        attributes: Its attributes by name.
        variable: A variable that it holds.

    Returns:
        The location, or `None` where the class is not the user's or does not show it.
    """
    names = {name for name, value in attributes.items() if variable.is_held_by(value)}
    for file, kind in _own_classes(layer):
        functions = _functions(kind)
        for creates in (_creates_by_name, _is_given_by_call):
            for function in functions:
                node = creates(function, names, variable.name)
                if node is not None:
                    return _location(file, kind, function, node)
    return None


def assignment_line(layer, name: str, reads: Iterable[str] = ()) -> Location | None:
    """Finds where a layer's own class assigns an attribute.

    Args:
        layer: The layer.
        name: Name of the attribute.
        reads: Names of attributes: the last statement before it, in the same function, that reads
            one of them is the place where the value is taken.

    Returns:
        The location, or `None` where the class is not the user's or does not show it.
    """
    for file, kind in _own_classes(layer):
        for function in _functions(kind):
            for node in _fillings(function, name):
                taking = _last_reading(function, node, reads) or node
                return _location(file, kind, function, taking)
    return None


def is_of_the_users(thing: object) -> bool:
    """Returns whether the class of something is the user's."""
    return hasattr(thing, "__dict__") and next(_own_classes(thing), None) is not None


def _fillings(function, name: str) -> list:
    """The statements that give an attribute its content; those that append to it come first."""
    statements = [n for n in ast.walk(function) if isinstance(n, ast.Assign | ast.Expr)]
    appending = [n for n in statements if ast.unparse(n).startswith(f"self.{name}.append(")]
    assigning = [
        n for n in statements if isinstance(n, ast.Assign) and f"self.{name}" in _targets(n)
    ]
    return [*appending, *assigning]


def _last_reading(function, assignment, names: Iterable[str]):
    """The last assignment, up to a given one, whose value reads one of some attributes."""
    wanted = {f"self.{name}" for name in names}
    found = None
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and node.lineno <= assignment.lineno:
            parts = {ast.unparse(n) for n in ast.walk(node.value) if isinstance(n, ast.Attribute)}
            if wanted & parts and (found is None or node.lineno > found.lineno):
                found = node
    return found


def _own_classes(layer) -> Iterator[tuple[str, type]]:
    """The classes of a layer that are the user's, each with the file it stands in."""
    for kind in type(layer).__mro__:
        file = _source_file(kind)
        if file is not None and is_users(file):
            yield file, kind


def _source_file(kind) -> str | None:
    try:
        return inspect.getsourcefile(kind)
    except TypeError:  # A built-in class, or one whose module was never registered.
        return None


def _functions(kind):
    try:
        source = textwrap.dedent(inspect.getsource(kind))
    except (OSError, TypeError):
        return []
    return [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)]


def _creates_by_name(function, attributes, name):
    """A statement for its attribute that gives it its name as well, or one of the two."""
    statements = [n for n in ast.walk(function) if isinstance(n, ast.Assign | ast.Expr)]
    creating = {ast.unparse(n): n for n in statements if _creates(n)}
    of_attribute = [t for t in creating if any(f"self.{a}" in t for a in attributes)]
    own_name = name.rpartition("/")[2].partition(":")[0]  # TensorFlow says `words/glove:0`.
    named = [text for text in creating if f"name='{own_name}'" in text]
    both = [text for text in of_attribute if text in named]
    return next((creating[text] for text in (*both, *of_attribute, *named)), None)


def _is_given_by_call(function, attributes, name):
    targets = {f"self.{attribute}" for attribute in attributes}
    for statement in ast.walk(function):
        if not isinstance(statement, ast.Assign) or not _has_call(statement.value):
            continue
        if not targets.isdisjoint(_targets(statement)):
            return statement
    return None


def _targets(assignment: ast.Assign) -> set[str]:
    """What an assignment assigns to, each part of a tuple by itself."""
    targets = assignment.targets
    parts = [getattr(target, "elts", [target]) for target in targets]
    return {ast.unparse(part) for several in parts for part in several}


def _has_call(expression) -> bool:
    return any(isinstance(node, ast.Call) for node in ast.walk(expression))


def _creates(statement) -> bool:
    calls = [ast.unparse(n.func) for n in ast.walk(statement) if isinstance(n, ast.Call)]
    return any(call.endswith(("add_weight", "Variable")) for call in calls)


def _location(file, kind, function, node) -> Location:
    lines, first = inspect.getsourcelines(kind)
    text = lines[node.lineno - 1].strip()
    return Location(file, first + node.lineno - 1, function.name, text)
