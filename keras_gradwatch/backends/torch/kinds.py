"""What PyTorch's functions do to a gradient, and what people call them.

A name is that of the function without underscores: `add` for `x + y`, `x.add_(y)` and
`torch.add(x, y)`.
"""

from collections.abc import Sequence

from keras_gradwatch.recording import kinds

ASSIGN = "assign"
CUSTOM = "autograd.Function"
GRADIENT = "autograd.grad"
"""What `torch.autograd.grad` returns, where it goes on into a loss."""

_BY_KIND = {
    kinds.FORGETS: (
        "zeros_like",
        "ones_like",
        "empty_like",
        "full_like",
        "rand_like",
        "randn_like",
        "randint_like",
        "new_empty",
        "new_full",
        "new_ones",
        "new_zeros",
    ),
    kinds.STOP: ("detach", "data", "tensor", "detach_copy", "new_tensor"),
    kinds.RECTIFIER: ("relu", "relu6", "threshold"),
    kinds.SATURATING: (
        "celu",
        "clamp",
        "clamp_max",
        "clamp_min",
        "clip",
        "elu",
        "erf",
        "erfc",
        "exp",
        "expit",
        "gelu",
        "hardsigmoid",
        "hardswish",
        "hardtanh",
        "log_softmax",
        "logsigmoid",
        "mish",
        "selu",
        "sigmoid",
        "silu",
        "softplus",
        "tanh",
    ),
    kinds.SOFTMAX: ("softmax", "softmin"),
    kinds.MAXIMUM: ("maximum", "fmax"),
    kinds.MINIMUM: ("minimum", "fmin"),
    kinds.CHOICE: ("where", "masked_fill"),
    kinds.FLAT: (
        "bernoulli",
        "binomial",
        "ceil",
        "fix",
        "floor",
        "normal",
        "poisson",
        "round",
        "sgn",
        "sign",
        "trunc",
    ),
    kinds.PRODUCT: (
        "addbmm",
        "addcmul",
        "addmm",
        "addmv",
        "addr",
        "baddbmm",
        "batch_norm",
        "bilinear",
        "bmm",
        "chain_matmul",
        "conv1d",
        "conv2d",
        "conv3d",
        "conv_transpose1d",
        "conv_transpose2d",
        "conv_transpose3d",
        "cross",
        "div",
        "divide",
        "dot",
        "einsum",
        "ger",
        "group_norm",
        "idiv",
        "imul",
        "inner",
        "instance_norm",
        "itruediv",
        "kron",
        "layer_norm",
        "linear",
        "matmul",
        "mm",
        "mul",
        "multiply",
        "mv",
        "outer",
        "rdiv",
        "rmatmul",
        "rms_norm",
        "rmul",
        "rtruediv",
        "tensordot",
        "true_divide",
        "truediv",
        "vdot",
        "vecdot",
        "xlogy",
    ),
    kinds.POWER: (
        "float_power",
        "ipow",
        "linalg_norm",
        "linalg_vector_norm",
        "norm",
        "pow",
        "square",
    ),
    kinds.SUM: (
        "add",
        "cat",
        "concat",
        "concatenate",
        "hstack",
        "iadd",
        "isub",
        "radd",
        "rsub",
        "stack",
        "sub",
        "subtract",
        "vstack",
    ),
    kinds.OVERWRITE: (
        "diagonal_scatter",
        "index_copy",
        "index_fill",
        "index_put",
        "masked_scatter",
        "put",
        "scatter",
        "select_scatter",
        "setitem",
        "slice_scatter",
    ),
    kinds.COPY: (
        "bfloat16",
        "bool",
        "clone",
        "contiguous",
        "copy",
        "cpu",
        "cuda",
        "double",
        "half",
        "int",
        "long",
        "neg",
        "negative",
        "positive",
        "short",
        "to",
        "type",
        "type_as",
    ),
    kinds.RESHAPE: (
        "atleast_1d",
        "atleast_2d",
        "atleast_3d",
        "broadcast_to",
        "chunk",
        "expand",
        "expand_as",
        "flatten",
        "getitem",
        "narrow",
        "ravel",
        "reshape",
        "reshape_as",
        "select",
        "split",
        "squeeze",
        "tensor_split",
        "tile",
        "unbind",
        "unflatten",
        "unsqueeze",
        "view",
        "view_as",
    ),
    kinds.TRANSPOSE: (
        "H",
        "T",
        "adjoint",
        "flip",
        "mH",
        "mT",
        "moveaxis",
        "movedim",
        "pad",
        "permute",
        "swapaxes",
        "swapdims",
        "t",
        "transpose",
    ),
    kinds.REDUCE: (
        "adaptive_avg_pool1d",
        "adaptive_avg_pool2d",
        "adaptive_avg_pool3d",
        "amax",
        "amin",
        "avg_pool1d",
        "avg_pool2d",
        "avg_pool3d",
        "cumsum",
        "max",
        "max_pool1d",
        "max_pool2d",
        "max_pool3d",
        "mean",
        "min",
        "nanmean",
        "nansum",
        "sum",
    ),
    kinds.CUSTOM: (CUSTOM,),
    kinds.ASSIGN: (ASSIGN,),
}
_KINDS = {name: kind for kind, names in _BY_KIND.items() for name in names}
_BOUNDS = {"max": kinds.MAXIMUM, "min": kinds.MINIMUM}
_LOWER = ("clamp", "clip", "clamp_min")

_SPOKEN = {
    "gt": "a comparison (`>`)",
    "greater": "a comparison (`>`)",
    "ge": "a comparison (`>=`)",
    "greater_equal": "a comparison (`>=`)",
    "lt": "a comparison (`<`)",
    "less": "a comparison (`<`)",
    "le": "a comparison (`<=`)",
    "less_equal": "a comparison (`<=`)",
    "eq": "a comparison (`==`)",
    "equal": "a comparison (`==`)",
    "ne": "a comparison (`!=`)",
    "not_equal": "a comparison (`!=`)",
    "round": "rounding",
    "topk": "topk",
    "floor_divide": "a floor division (`//`)",
    "floordiv": "a floor division (`//`)",
    "rfloordiv": "a floor division (`//`)",
    "detach": "`.detach()`",
    "data": "`.data`",
    "tensor": "`torch.tensor`",
    "numpy": "`.numpy()`",
    "__array__": "`np.asarray`",
    "item": "`.item()`",
    "tolist": "`.tolist()`",
    "__float__": "`float()`",
    "__int__": "`int()`",
    "__index__": "the use as a Python index",
    "setitem": "an assignment in place (`x[...] = y`)",
    "getitem": "an index (`x[...]`)",
    "copy": "`.copy_()`",
    "add": "an addition (`+`)",
    "radd": "an addition (`+`)",
    "sub": "a subtraction (`-`)",
    "rsub": "a subtraction (`-`)",
    "mul": "a multiplication (`*`)",
    "rmul": "a multiplication (`*`)",
    "div": "a division (`/`)",
    "rdiv": "a division (`/`)",
    "rtruediv": "a division (`/`)",
    "truediv": "a division (`/`)",
    "rpow": "pow",
    CUSTOM: "the custom gradient",
    GRADIENT: "`torch.autograd.grad`",
}


_SUMMANDS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("addbmm", "addcmul", "addmm", "addmv", "addr", "baddbmm"), (0,)),
    **dict.fromkeys(("conv1d", "conv2d", "conv3d", "group_norm", "layer_norm", "linear"), (2,)),
    **dict.fromkeys(("batch_norm", "instance_norm"), (1, 4)),
}


def summands(name: str, inputs: Sequence[int]) -> tuple[int, ...]:
    """Returns the inputs of a product that it adds, or subtracts: they are no factors.

    Args:
        name: Name of the function.
        inputs: The numbers of its inputs.
    """
    return tuple(inputs[i] for i in _SUMMANDS.get(name, ()) if i < len(inputs))


def kind_of(name: str, operands: int, bounds: tuple = (None, None)) -> str:
    """Returns what a function does to a gradient, one of `kinds.KINDS`.

    Args:
        name: Its name.
        operands: How many tensors it got: `max` of two is a bound, `max` of one a reduction.
        bounds: The bounds of a `clamp`: with 0 below and none above it is a rectifier.
    """
    if operands > 1 and name in _BOUNDS:
        return _BOUNDS[name]
    lower, upper = bounds
    if name in _LOWER and isinstance(lower, int | float) and lower == 0 and upper is None:
        return kinds.RECTIFIER
    return _KINDS.get(name, kinds.LINEAR)


def spoken(name: str, makes_integers: bool = False) -> str:
    """Returns what people call a function in a sentence.

    Args:
        name: Its name.
        makes_integers: Whether floating-point numbers go in, and none come out.
    """
    if makes_integers and _KINDS.get(name) == kinds.COPY:
        return "a cast to integers"
    return _SPOKEN.get(name, name)
