"""What one equation of a jaxpr is to the diagnosis: where it comes from, and what it does."""

import dataclasses
from collections.abc import Sequence
from types import CodeType
from typing import Any

import jax

from keras_gradwatch.backends.jax import kinds, private
from keras_gradwatch.backends.jax.derivatives import Custom, Derivative, Opaque
from keras_gradwatch.backends.jax.trace import MARK
from keras_gradwatch.findings import Location
from keras_gradwatch.recording import kinds as every_kind
from keras_gradwatch.recording import source


@dataclasses.dataclass(frozen=True)
class Place:
    """Where an operation comes from.

    Args:
        lines: The user's lines that led to it, innermost first.
        calls: Numbers of the calls of layers that it is inside of, innermost first.
        site: Equal for the operations that one call of a Python function made.
    """

    lines: tuple[Location, ...] = ()
    calls: tuple[int, ...] = ()
    site: tuple = ()


def place_of(source_info: Any, outer: Place) -> Place:
    """Where an equation comes from.

    Args:
        source_info: What JAX notes about it, within the jaxpr that it is in.
        outer: Where that jaxpr was called.
    """
    scopes = reversed(private.scopes_of(source_info))
    calls = [int(name.removeprefix(MARK)) for name in scopes if name.startswith(MARK)]
    return Place(
        (*lines_of(source_info), *outer.lines),
        (*calls, *outer.calls),
        private.call_site(source_info),
    )


def lines_of(source_info: Any) -> tuple[Location, ...]:
    """The user's lines that made an equation, within its jaxpr, innermost first."""
    return tuple(
        source.location(code, line)
        for code, line in private.frames_of(source_info)
        if source.is_users(code.co_filename)
    )


@dataclasses.dataclass(frozen=True)
class Meaning:
    """What an equation does: the fields of an `Operation`, and its derivative."""

    type: str
    kind: str
    derivative: Any
    spoken: str
    attributes: dict[str, Any] = dataclasses.field(default_factory=dict)


def meaning_of(name: str, derivative: Any, **attributes) -> Meaning:
    """What an operation of a known name does."""
    return Meaning(name, kinds.kind_of(name), derivative, kinds.spoken(name), attributes)


def called_jaxpr(equation: Any) -> Any:
    """The jaxpr to go on in, where an equation is only a call of it."""
    if equation.primitive.name not in kinds.CALLS or _library_function(equation) in kinds.FUNCTIONS:
        return None
    return private.inner(equation)


def read(equation: Any, avals: Sequence, shared: dict[Any, Derivative]) -> Meaning:
    """What an equation does.

    Args:
        equation: The equation.
        avals: Shape and type of each input.
        shared: The derivatives of a step that equations share which are alike.
    """
    name = equation.primitive.name
    if name in kinds.CUSTOM_CALLS:
        return _custom(equation)
    if name in kinds.CALLS:
        function = _library_function(equation)
        return meaning_of(function, _derivative(equation, kinds.kind_of(function)))
    kind = kinds.kind_of(name)
    if kind == every_kind.HOST:
        return meaning_of(name, Opaque(private.bind(equation)))
    signature = tuple((aval.shape, str(aval.dtype)) for aval in avals)
    try:
        key = (equation.primitive, tuple(sorted(equation.params.items())), signature)
        if key not in shared:
            shared[key] = _derivative(equation, kind)
        return meaning_of(name, shared[key])
    except TypeError:  # A parameter that has no hash, or no order.
        return meaning_of(name, _derivative(equation, kind))


def _derivative(equation, kind) -> Derivative:
    return Derivative(private.bind(equation), gives_zeros=kind == every_kind.FLAT)


def _custom(equation) -> Meaning:
    """A derivative of the user's, or one that belongs to a function of a library."""
    _, file = private.function_of(equation)
    backward, name = _backward_function(equation), equation.primitive.name
    if backward is not None or (file and source.is_users(file)):
        derivative, spoken = Custom(equation), kinds.spoken(name)
        return Meaning(name, every_kind.CUSTOM, derivative, spoken, {"backward": backward})
    function = _library_function(equation)
    return meaning_of(function or name, _derivative(equation, kinds.kind_of(function)))


@dataclasses.dataclass(frozen=True)
class BackwardFunction:
    """The user's function that computes a derivative, of which there may be the code only."""

    __code__: CodeType

    @property
    def __name__(self) -> str:
        return self.__code__.co_name

    @property
    def __closure__(self) -> None:
        return None


def _backward_function(equation) -> BackwardFunction | None:
    """The user's function that computes a derivative, as far as it can be found."""
    for function in private.derivative_functions(equation):
        code = _users_code(function)
        if code is not None:
            inside = [item for item in code.co_consts if isinstance(item, CodeType)]
            returns_it = function is not private.derivative_functions(equation)[0]
            return BackwardFunction(inside[-1] if returns_it and inside else code)
    return None


def _library_function(equation) -> str:
    """Name of the function that an equation calls, empty for none and for one of the user's."""
    name, file = private.function_of(equation)
    return "" if file and source.is_users(file) else name


def _users_code(function: Any) -> CodeType | None:
    """The code of the user's function inside of what JAX has wrapped around it."""
    seen: set[int] = set()
    waiting = [function]
    while waiting:
        item = waiting.pop(0)
        if id(item) in seen:
            continue
        seen.add(id(item))
        code = getattr(item, "__code__", None)
        if isinstance(code, CodeType) and source.is_users(code.co_filename):
            return code
        waiting += private.wrapped_by(item)
    return None


def as_typed(value: Any, aval: Any) -> Any:
    """A constant as an array: numbers of Python are a type of their own in a jaxpr."""
    is_array = hasattr(value, "shape") and hasattr(value, "dtype")
    return value if is_array else jax.numpy.asarray(value, aval.dtype)
