"""The user's own line with the repair in it, where one change of one expression repairs it."""

import ast
import copy
from collections.abc import Callable
from typing import Any

STOPS = {"stop_gradient", "detach"}
TO_NUMPY = {"numpy", "convert_to_numpy"}
FLAT = {"sign", "round", "floor", "ceil", "rint"}
CASTS = {"cast", "float", "to", "astype", "type"}
SINGULAR = {"sqrt", "rsqrt", "log"}
SMALL = ast.Constant(1e-7)


def repaired(cause: str, line: str) -> str | None:
    """Returns a line of code with its repair, `None` where the line does not show one.

    Args:
        cause: One of `findings.CAUSES`.
        line: One statement.

    Example:

    ```python
    >>> repaired("host-call", "w = self.kernel.numpy()")
    'w = self.kernel'
    >>> repaired("non-finite", "return ops.sqrt(x)")
    'return ops.sqrt(x + 1e-07)'
    ```
    """
    change = _CHANGES.get(cause)
    try:
        tree = ast.parse(line.strip())
    except SyntaxError:  # A part of a statement of several lines, or what opens a block.
        return None
    places = [node for node in ast.walk(tree) if change and change(copy.deepcopy(node))]
    if change is None or len(places) != 1:
        return None
    changed = change(copy.deepcopy(places[0]))
    written = ast.unparse(_Replaced(places[0], changed).visit(tree))
    if "\n" in written:  # What opens a block and closes it on its line is written as two.
        return None
    return written if "'" in line else written.replace("'", '"')


class _Replaced(ast.NodeTransformer):
    """Puts an expression in the place of another one."""

    def __init__(self, old: Any, new: Any):
        self._old, self._new = old, new

    def visit(self, node):
        return self._new if node is self._old else super().visit(node)


def _without(names: set[str]) -> Callable[[Any], Any]:
    """Takes a call away and leaves what it is called with."""

    def change(node):
        return _subject(node) if _called(node) in names else None

    return change


def _straight_through(node: Any) -> Any:
    """The value of a step function with the slope of what went in."""
    soft = None
    if _called(node) in FLAT:
        soft = _subject(node)
    elif _called(node) in CASTS and isinstance(_subject(node), ast.Compare):
        soft = _subject(node).left
    if soft is None:
        return None
    if isinstance(soft, ast.Name | ast.Attribute):
        return _sum_with_hard(soft, soft, node)
    name = ast.Name("soft")  # Computed once.
    return _sum_with_hard(ast.NamedExpr(name, soft), name, _Replaced(soft, name).visit(node))


def _sum_with_hard(first: Any, soft: Any, hard: Any) -> Any:
    return ast.BinOp(first, ast.Add(), _stopped(ast.BinOp(hard, ast.Sub(), soft), hard))


def _stopped(value: Any, node: Any) -> Any:
    """A value without its gradient, in the words of the module that the line uses."""
    root = ast.unparse(node.func).partition(".")[0]
    if root in ("ops", "keras", "tf", "lax"):
        module = "keras.ops" if root == "keras" else root
    elif root in ("jnp", "jax"):
        module = "jax.lax"
    else:
        return ast.Call(ast.Attribute(value, "detach"), [], [])
    return ast.Call(ast.parse(f"{module}.stop_gradient", mode="eval").body, [value], [])


def _away_from_zero(node: Any) -> Any:
    """A root or a logarithm of something that is never 0."""
    if _called(node) not in SINGULAR or _subject(node) is None:
        return None
    subject = ast.BinOp(_subject(node), ast.Add(), SMALL)
    if len(node.args) == 0:
        return ast.Call(ast.Attribute(subject, _called(node)), [], [])
    return ast.Call(node.func, [subject, *node.args[1:]], node.keywords)


_CHANGES: dict[str, Callable[[Any], Any]] = {
    "stop-gradient": _without(STOPS),
    "host-call": _without(TO_NUMPY),
    "non-differentiable": _straight_through,
    "zero-derivative": _straight_through,
    "non-finite": _away_from_zero,
}


def _called(node: Any) -> Any:
    """The last part of the name of what is called."""
    if not isinstance(node, ast.Call):
        return None
    return getattr(node.func, "attr", getattr(node.func, "id", None))


def _subject(node: Any) -> Any:
    """What a function is called with, or the object whose method it is."""
    if node.args and _called(node) not in ("to", "astype", "type"):
        return node.args[0]
    return node.func.value if isinstance(node.func, ast.Attribute) else None
