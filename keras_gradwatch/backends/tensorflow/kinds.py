"""What TensorFlow's operations do to a gradient, and what people call them."""

from keras_gradwatch.recording import kinds

TO_NUMPY = "ToNumpy"
"""A value that Python code reads. No operation of TensorFlow, so it has a name of our own."""
CUSTOM = "CustomGradient"

_BY_KIND = {
    kinds.FORGETS: ("ZerosLike", "OnesLike", "Shape", "ShapeN", "Size", "Rank"),
    kinds.STOP: ("StopGradient", "PreventGradient"),
    kinds.HOST: ("PyFunc", "PyFuncStateless", "EagerPyFunc", "NumpyFunction"),
    kinds.TO_NUMPY: (TO_NUMPY,),
    kinds.CUSTOM: (CUSTOM,),
    kinds.RECTIFIER: ("Relu", "Relu6"),
    kinds.SATURATING: (
        "Sigmoid",
        "Tanh",
        "LogSoftmax",
        "Softplus",
        "Erf",
        "ClipByValue",
        "Exp",
    ),
    kinds.SOFTMAX: ("Softmax",),
    kinds.MAXIMUM: ("Maximum",),
    kinds.MINIMUM: ("Minimum",),
    kinds.CHOICE: ("Select", "SelectV2"),
    kinds.FLAT: ("Sign",),
    kinds.PRODUCT: (
        "Mul",
        "MatMul",
        "BatchMatMul",
        "BatchMatMulV2",
        "Einsum",
        "Conv2D",
        "Conv3D",
        "DepthwiseConv2dNative",
        "Conv2DBackpropInput",
        "Conv3DBackpropInputV2",
        "RealDiv",
        "Div",
        "DivNoNan",
        "MulNoNan",
        "Xdivy",
    ),
    kinds.POWER: ("Square", "Pow"),
    kinds.SUM: ("Add", "AddV2", "AddN", "Sub", "BiasAdd", "ConcatV2"),
    kinds.READ: ("ReadVariableOp",),
    kinds.COPY: ("Identity", "Cast", "Neg"),
    kinds.RESHAPE: ("Reshape", "ExpandDims", "Squeeze", "StridedSlice"),
    kinds.TRANSPOSE: ("Transpose", "Pad", "PadV2"),
    kinds.REDUCE: ("MaxPool", "AvgPool", "Mean", "Sum", "Max"),
}
_KINDS = {name: kind for kind, names in _BY_KIND.items() for name in names}

_SPOKEN = {
    "Greater": "a comparison (`>`)",
    "GreaterEqual": "a comparison (`>=`)",
    "Less": "a comparison (`<`)",
    "LessEqual": "a comparison (`<=`)",
    "Equal": "a comparison (`==`)",
    "NotEqual": "a comparison (`!=`)",
    "Cast": "a cast to integers",
    "Round": "rounding",
    "Rint": "rounding",
    "ArgMax": "argmax",
    "ArgMin": "argmin",
    "TopKV2": "top_k or argsort",
    "RealDiv": "a division (`/`)",
    "FloorDiv": "a floor division (`//`)",
    "Mul": "a multiplication (`*`)",
    "Sub": "a subtraction (`-`)",
    "AddV2": "an addition (`+`)",
    "StopGradient": "stop_gradient",
    "PyFunc": "tf.numpy_function",
    "EagerPyFunc": "tf.py_function",
    "Softmax": "softmax",
    "Relu": "relu",
    "Relu6": "relu6",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "ClipByValue": "clip",
    "Sign": "sign",
    "SelectV2": "where",
    "Maximum": "maximum",
    "Minimum": "minimum",
    "Sqrt": "sqrt",
    "Rsqrt": "rsqrt",
    "Log": "log",
    "Exp": "exp",
    "Pow": "pow",
    TO_NUMPY: "`.numpy()`",
    CUSTOM: "the custom gradient",
}


def kind_of(op_type: str) -> str:
    """Returns what an operation does to a gradient, one of `kinds.KINDS`."""
    if "Assign" in op_type or op_type.startswith("ResourceScatter"):
        return kinds.ASSIGN
    return _KINDS.get(op_type, kinds.LINEAR)


def spoken(op_type: str) -> str:
    """Returns what people call an operation in a sentence."""
    return _SPOKEN.get(op_type, op_type)
