"""What is known of JAX's operations: what they do to a gradient, and what people call them."""

from keras_gradwatch.recording import kinds

READ = "read"
"""The value of a weight, as a loss is differentiated for it."""
CAPTURED = "captured"
"""A weight that a loss takes from around it: a constant to that loss's gradient."""
UNSTACK = "unstack"
STACK = "stack"
"""What `lax.scan` does with the arrays that it goes through, and that it collects."""

FUNCTIONS = {
    "relu": kinds.RECTIFIER,
    "relu6": kinds.RECTIFIER,
    "softmax": kinds.SOFTMAX,
    "log_softmax": kinds.SOFTMAX,
    "softplus": kinds.SATURATING,
    "logaddexp": kinds.SATURATING,
    "clip": kinds.SATURATING,
    "hard_tanh": kinds.SATURATING,
    "floor_divide": kinds.FLAT,
    "remainder": kinds.LINEAR,
    "silu": kinds.LINEAR,
    "elu": kinds.LINEAR,
    "leaky_relu": kinds.LINEAR,
}
"""Functions of JAX that people know as one operation, though they are made of several."""

CALLS = {"jit", "pjit", "closed_call", "core_call", "remat2", "checkpoint", "remat"}
"""Operations that call a jaxpr and add nothing to it."""
CUSTOM_CALLS = {"custom_vjp_call", "custom_jvp_call"}
SILENT = {"debug_callback", "debug_print"}
"""Operations that only show a value."""

_BY_KIND = {
    kinds.SATURATING: ("logistic", "tanh", "erf", "erfc", "exp", "clamp"),
    kinds.MAXIMUM: ("max",),
    kinds.MINIMUM: ("min",),
    kinds.CHOICE: ("select_n",),
    kinds.FLAT: ("sign", "round", "floor", "ceil", "nextafter"),
    kinds.PRODUCT: ("mul", "div", "dot_general", "ragged_dot", "conv_general_dilated"),
    kinds.POWER: ("square", "integer_pow", "pow"),
    kinds.SUM: ("add", "add_any", "sub", "concatenate"),
    kinds.STOP: ("stop_gradient", CAPTURED),
    kinds.HOST: ("pure_callback", "io_callback"),
    kinds.OVERWRITE: ("scatter", "dynamic_update_slice"),
    kinds.READ: (READ,),
    kinds.COPY: ("convert_element_type", "copy", "copy_p", "name", "neg", "reduce_precision"),
    kinds.RESHAPE: (
        "broadcast_in_dim",
        "dynamic_slice",
        "expand_dims",
        "pad",
        "reshape",
        "slice",
        "split",
        "squeeze",
        STACK,
        UNSTACK,
    ),
    kinds.TRANSPOSE: ("rev", "transpose"),
    kinds.REDUCE: (
        "reduce_sum",
        "reduce_max",
        "reduce_min",
        "reduce_window_sum",
        "reduce_window_max",
        "reduce_window_min",
        "cumsum",
        "cummax",
        "cummin",
    ),
}
_KIND_OF = {name: kind for kind, names in _BY_KIND.items() for name in names}

_COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
_SPOKEN = {
    **dict.fromkeys(_COMPARISONS, "a comparison"),
    "convert_element_type": "a cast",
    "dot_general": "a matrix product",
    "conv_general_dilated": "a convolution",
    "select_n": "a choice by a condition (`where`)",
    "mul": "a multiplication (`*`)",
    "sub": "a subtraction (`-`)",
    "add": "an addition (`+`)",
    "div": "a division",
    "max": "maximum",
    "min": "minimum",
    "logistic": "sigmoid",
    "sort": "sorting",
    "gather": "a lookup by index",
    "scatter-add": "a sum into rows by index",
    "scatter": "writing over a part of an array",
    "dynamic_update_slice": "writing over a part of an array",
    "while": "`lax.while_loop`",
    "custom_vjp_call": "a custom gradient",
    "custom_jvp_call": "a custom gradient",
    CAPTURED: "a weight that the loss function takes from outside its arguments",
}


def kind_of(name: str) -> str:
    """What an operation does to a gradient."""
    return _KIND_OF.get(name) or FUNCTIONS.get(name, kinds.LINEAR)


def spoken(name: str) -> str:
    """What people call an operation in a sentence."""
    return _SPOKEN.get(name, name)
