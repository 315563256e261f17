"""What a call of one of PyTorch's functions says of itself: its name, its tensors, its target."""

import dataclasses
import functools
import inspect
from collections.abc import Callable
from typing import Any

import keras
import torch

_TENSOR_PROPERTIES = frozenset({"data", "T", "mT", "H", "mH", "real", "imag"})
_ANSWERS = frozenset({"requires_grad", "grad_fn", "is_leaf"})
_LEAVES = frozenset(
    {
        "numpy",
        "item",
        "tolist",
        "__array__",
        "__complex__",
        "__dlpack__",
        "__float__",
        "__index__",
        "__int__",
    }
)
_IN_PLACE = frozenset(
    {
        "__iadd__",
        "__iand__",
        "__idiv__",
        "__ifloordiv__",
        "__ilshift__",
        "__imatmul__",
        "__imod__",
        "__imul__",
        "__ior__",
        "__ipow__",
        "__irshift__",
        "__isub__",
        "__itruediv__",
        "__ixor__",
    }
)
_REPLACES = frozenset(
    {
        "bernoulli_",
        "cauchy_",
        "copy_",
        "data",
        "exponential_",
        "fill_",
        "geometric_",
        "log_normal_",
        "normal_",
        "random_",
        "uniform_",
        "zero_",
    }
)
_DIFFERENTIATES = (torch.Tensor.backward, torch.autograd.backward, torch.autograd.grad)
_READS_NO_CONTENT = frozenset(
    {
        "__bool__",
        "__deepcopy__",
        "__dir__",
        "__format__",
        "__hash__",
        "__len__",
        "__reduce_ex__",
        "__repr__",
        "_set_grad_enabled",
        "allclose",
        "data_ptr",
        "dim",
        "element_size",
        "equal",
        "get_device",
        "is_complex",
        "is_conj",
        "is_contiguous",
        "is_floating_point",
        "is_inference",
        "is_neg",
        "is_nonzero",
        "is_pinned",
        "is_same_size",
        "is_set_to",
        "is_shared",
        "is_signed",
        "ndimension",
        "nelement",
        "numel",
        "pin_memory",
        "register_hook",
        "register_post_accumulate_grad_hook",
        "resize_",
        "retain_grad",
        "set_",
        "share_memory_",
        "size",
        "storage",
        "storage_offset",
        "stride",
        "untyped_storage",
    }
)


@dataclasses.dataclass(frozen=True)
class Call:
    """One call of a function of PyTorch.

    Args:
        function: The function.
        arguments: Its positional arguments.
        options: Its keyword arguments.
    """

    function: Callable
    arguments: tuple
    options: dict[str, Any]

    def __call__(self) -> Any:
        return self.function(*self.arguments, **self.options)

    @functools.cached_property
    def own_name(self) -> str:
        """`relu_`, `__getitem__`; of a property the property's name."""
        name = getattr(self.function, "__name__", str(self.function))
        if name in ("__get__", "__set__"):
            return getattr(self.function, "__self__").__name__  # noqa: B009 - for the types
        return name

    @property
    def name(self) -> str:
        """The name without underscores: `add` for `x + y`, `x.add_(y)` and `torch.add(x, y)`."""
        return self.own_name.strip("_")

    @property
    def tensors(self) -> list[torch.Tensor]:
        """The tensors among the arguments."""
        return tensors_in((self.arguments, self.options))

    @property
    def bounds(self) -> tuple[Any, Any]:
        """The lower and the upper bound of a `clamp`, `None` where there is none."""
        given = dict(zip(("min", "max"), self.arguments[1:3], strict=False)) | self.options
        return given.get("min"), given.get("max")

    @property
    def differentiates(self) -> bool:
        """Whether it is a backward pass."""
        return self.function in _DIFFERENTIATES

    @property
    def leaves(self) -> bool:
        """Whether a value is taken out of PyTorch, to NumPy or to Python."""
        return self.own_name in _LEAVES

    @property
    def asks_autograd(self) -> bool:
        """Whether it asks if a tensor takes part in a backward pass."""
        return self._is_property("__get__") and self.own_name in _ANSWERS

    @property
    def sets_requires_grad(self) -> bool:
        """Whether it says that a tensor is to have a gradient, or not."""
        return self.own_name == "requires_grad_" or (
            self._is_property("__set__") and self.own_name == "requires_grad"
        )

    @property
    def reads_no_content(self) -> bool:
        """Whether what it gives says nothing of what is in the tensors."""
        if self._is_property("__get__"):
            return self.own_name not in _TENSOR_PROPERTIES
        if self._is_property("__set__"):
            return self.own_name != "data"
        return self.own_name in _READS_NO_CONTENT

    @property
    def target(self) -> torch.Tensor | None:
        """The tensor that it writes to: `x.add_(1)`, `x[0] = 1`, `relu(x, inplace=True)`."""
        if isinstance(self.options.get("out"), torch.Tensor):
            return self.options["out"]
        tensors = self.tensors
        return tensors[0] if tensors and self._writes() else None

    @property
    def replaces_target(self) -> bool:
        """Whether nothing is left of what the target was."""
        return "out" in self.options or self.own_name in _REPLACES

    def region(self) -> torch.Tensor | None:
        """The part of the target that it writes to."""
        target = self.target
        is_part = self.own_name == "__setitem__" and _is_basic(self.arguments[1])
        if is_part and target is not None:
            return target[self.arguments[1]]
        return target

    def _is_property(self, access) -> bool:
        return getattr(self.function, "__name__", "") == access

    def _writes(self) -> bool:
        name = self.own_name
        if self._is_property("__set__"):
            return name == "data"
        if name == "__setitem__" or name in _IN_PLACE:
            return True
        if name.endswith("_") and not name.endswith("__"):
            return True
        place = _place_of_inplace(self.function)
        if place is None:
            return False
        return bool(
            self.arguments[place]
            if place < len(self.arguments)
            else self.options.get("inplace", False)
        )

    def with_values(self) -> "Call":
        """The same call with the value of each Keras variable in its place."""
        arguments, options = _with_values((self.arguments, self.options))
        return Call(self.function, arguments, options)

    @property
    def has_variables(self) -> bool:
        """Whether a Keras variable is among the arguments."""
        return bool(_found_in((self.arguments, self.options), keras.Variable))


@dataclasses.dataclass(frozen=True)
class Differentiation:
    """A call of `backward` or of `torch.autograd.grad`.

    Args:
        function: Which of them.
        arguments: Its arguments by name.
    """

    function: Callable
    arguments: dict[str, Any]

    @property
    def losses(self) -> list[torch.Tensor]:
        """What is differentiated: the first argument."""
        return tensors_in(next(iter(self.arguments.values())))

    @property
    def sources(self) -> list[torch.Tensor]:
        """For what, empty for all leaves."""
        return tensors_in(self.arguments.get("inputs"))

    @property
    def returns_gradients(self) -> bool:
        """Whether it gives the gradients to its caller and not to the leaves."""
        return self.function is torch.autograd.grad

    @property
    def creates_graph(self) -> bool:
        """Whether the gradients can be differentiated again."""
        return bool(self.arguments.get("create_graph"))

    @property
    def allows_unused(self) -> bool:
        """Whether a source that nothing depends on is no error."""
        allows = self.arguments.get("allow_unused") or self.arguments.get("materialize_grads")
        return bool(allows) or not self.returns_gradients

    @property
    def frees_graph(self) -> bool:
        """Whether what autograd has saved is gone afterwards."""
        return not self.arguments.get("retain_graph", self.creates_graph)

    def run(self) -> Any:
        """Runs it as it was asked for; what autograd has saved is kept."""
        return self.function(**self.arguments | _KEPT)

    def run_for(self, sources: list[torch.Tensor]) -> Any:
        """Runs it for other sources, of which some may be unused."""
        changed = {"inputs": sources} | ({"allow_unused": True} if self.returns_gradients else {})
        return self.function(**self.arguments | changed | _KEPT)


_KEPT = {"retain_graph": True}
"""What autograd has saved is needed to put a gradient in at a value, see `Backward.pull`."""


def differentiation(call: Call) -> Differentiation:
    """Returns a backward pass with its arguments by name."""
    bound = inspect.signature(call.function).bind(*call.arguments, **call.options)
    return Differentiation(call.function, bound.arguments)


def tensors_in(value: Any) -> list[torch.Tensor]:
    """Returns the tensors in a structure of tuples, lists and dictionaries."""
    return _found_in(value, torch.Tensor)


def is_float(tensor: torch.Tensor) -> bool:
    """Whether a tensor holds floating-point or complex numbers."""
    return tensor.is_floating_point() or tensor.is_complex()


def _found_in(value, kind) -> list:
    if isinstance(value, kind):
        return [value]
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return []
    return [item for inner in value for item in _found_in(inner, kind)]


def _with_values(value):
    if isinstance(value, keras.Variable):
        return value.value
    if isinstance(value, dict):
        return {key: _with_values(inner) for key, inner in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_with_values, value))
    return value


def _is_basic(index) -> bool:
    """Whether an index takes a slice of a tensor, which is a view of it."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is None or part is ... or type(part) in (int, slice) for part in parts)


@functools.lru_cache(4096)
def _place_of_inplace(function) -> int | None:
    code = getattr(function, "__code__", None)
    names = code.co_varnames[: code.co_argcount] if code else ()
    return names.index("inplace") if "inplace" in names else None
