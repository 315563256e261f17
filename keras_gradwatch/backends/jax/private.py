"""What the recorder needs of JAX and Keras that neither promises to keep.

All of it is named here and nowhere else; a test holds each name against the installed versions.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

import jax
import keras
from jax._src import api, source_info_util
from jax.extend.core import ClosedJaxpr
from jax.interpreters import ad

from keras_gradwatch.backends.patching import wrapped

# Keras.


def build(model, data: Any) -> None:
    """Builds a model, its loss, its metrics and its optimizer, as the first batch of `fit` does."""
    model._symbolic_build(data_batch=data)


def state_of(model) -> tuple:
    """The state of a training, as `train_step` gets it."""
    kinds = ("trainable", "non_trainable", "optimizer", "metrics")
    return model._get_jax_state(**{f"{kind}_variables": True for kind in kinds})


def is_compiled(model) -> bool:
    """Whether `fit` compiles the train step."""
    return not model.run_eagerly and bool(model.jit_compile)


def needs_values(error: BaseException | None) -> bool:
    """Whether an error says that code asked a value of a step that is only traced."""
    while error is not None:
        if isinstance(error, jax.errors.JAXTypeError | jax.errors.JAXIndexError):
            return True
        error = error.__cause__ or error.__context__
    return False


def owner_of(name: str) -> type:
    """The class of Keras' variables that defines an attribute."""
    return next(kind for kind in keras.Variable.__mro__ if name in vars(kind))


def raw_value(variable) -> Any:
    """What a variable holds outside of every scope, without a cast; `fit` takes it away."""
    return variable._value


def set_raw_value(variable, value: Any) -> None:
    """Gives a variable back what it held."""
    variable._value = value


# Functions that are replaced while a step is traced.


@contextlib.contextmanager
def getter(owner: Any, name: str, replacement: Callable) -> Iterator[None]:
    """Puts a function in the place of the getter of a property, in this thread only."""
    original, thread = vars(owner)[name], threading.get_ident()

    def get(self):
        if threading.get_ident() != thread:
            return original.fget(self)
        return replacement(original.fget, self)

    setattr(owner, name, property(get))
    try:
        yield
    finally:
        setattr(owner, name, original)


@contextlib.contextmanager
def vjp(replacement: Callable) -> Iterator[None]:
    """Puts a function in the place of `jax.vjp`, for `jax.grad` and its like too."""
    with wrapped(jax, "vjp", replacement), wrapped(api, "vjp", replacement):
        yield


# Equations.


def frames_of(source_info: Any) -> list[tuple[CodeType, int]]:
    """Code and line of each frame that an equation was made in, innermost first."""
    if not source_info.traceback:
        return []
    codes, instructions = source_info.traceback.raw_frames()
    return [
        (code, source_info_util.raw_frame_to_frame(code, i).start_line)
        for code, i in zip(codes, instructions, strict=True)
    ]


def call_site(source_info: Any) -> tuple:
    """Equal for the equations that one call of a Python function makes."""
    if not source_info.traceback:
        return ()
    codes, instructions = source_info.traceback.raw_frames()
    return (*map(id, codes), *instructions)


def scopes_of(source_info: Any) -> list[str]:
    """The names of the scopes that an equation was made in, outermost first."""
    return [getattr(scope, "name", "") for scope in source_info.name_stack.stack]


def inner(equation: Any) -> ClosedJaxpr | None:
    """The jaxpr that an equation calls, `None` where it calls none."""
    found = equation.params.get("call_jaxpr") or equation.params.get("jaxpr")
    if found is None or isinstance(found, ClosedJaxpr):
        return found
    return ClosedJaxpr(found, ()) if hasattr(found, "eqns") else None


def function_of(equation: Any) -> tuple[str, str]:
    """Name and file of the function that an equation calls."""
    called = inner(equation)
    if called is None:
        return "", ""
    info = called.jaxpr.debug_info
    return equation.params.get("name") or info.func_name or "", info.func_filename or ""


def bind(equation: Any) -> Callable[..., list]:
    """What an equation computes, as a function of arrays."""
    return bind_primitive(equation.primitive, equation.params)


def bind_primitive(primitive: Any, params: dict) -> Callable[..., list]:
    """What a primitive computes, as a function of arrays."""
    bound = primitive.get_bind_params(params)

    def function(*arrays):
        made = primitive.bind(*arrays, **bound)
        return list(made) if primitive.multiple_results else [made]

    return function


# Custom derivatives.


def derivative_functions(equation: Any) -> list:
    """What makes the derivative of a `custom_vjp_call` or a `custom_jvp_call`.

    They are wrapped by JAX: the one that computes it, and for `jax.custom_gradient` the one that
    returns the one that computes it.
    """
    params = equation.params
    return [params[name] for name in ("jvp_jaxpr_fun", "bwd", "fwd_jaxpr_thunk") if name in params]


def backward_of(params: dict, count: int) -> Callable[..., list]:
    """The backward pass of a `custom_vjp`, as the user has written it.

    Args:
        params: Parameters of the equation.
        count: Number of its inputs.

    Returns:
        A function of the inputs and of a gradient for each output. It returns a gradient for each
        input, `None` where the user returns `None`.
    """
    constants = params["num_consts"]

    def run(*arrays):
        primals, passed = arrays[:count][constants:], arrays[count:]
        jaxpr, consts = params["fwd_jaxpr_thunk"].call_wrapped(*([True] * len(primals)))
        made = jax.core.eval_jaxpr(jaxpr, consts, *primals)
        _, tree, forwarded = params["out_trees"]()
        fresh = iter(made[: tree.num_leaves - sum(f is not None for f in forwarded)])
        kept = [next(fresh) if f is None else arrays[f] for f in forwarded]
        found = params["bwd"].call_wrapped(*kept, *passed)
        return [None] * constants + [None if type(g) is ad.Zero else g for g in found]

    return run


def wrapped_by(function: Any) -> list:
    """What a function of JAX, or of Python, holds: other functions among it."""
    if isinstance(function, tuple | list):
        return list(function)
    cells = getattr(function, "__closure__", None) or ()
    held = [getattr(function, name) for name in ("f", "func") if hasattr(function, name)]
    return [cell.cell_contents for cell in cells if _is_set(cell)] + held


def _is_set(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False
