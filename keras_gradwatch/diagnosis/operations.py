"""What is known of TensorFlow's operations: which stop a gradient, and how."""

import numpy as np

FORGETS = {"ZerosLike", "OnesLike", "Shape", "Size"}
STOPS = {"StopGradient", "PreventGradient"}
TO_NUMPY = "ToNumpy"
HOST = {"PyFunc", "PyFuncStateless", "EagerPyFunc", "NumpyFunction", TO_NUMPY}
CUSTOM = "CustomGradient"
RECTIFIERS = {"Relu", "Relu6"}
SATURATING = {"Sigmoid", "Tanh", "Softmax", "LogSoftmax", "Softplus", "Erf", "ClipByValue", "Exp"}
BOUNDS = {"Maximum", "Minimum"}
CHOICES = {"Select", "SelectV2"}
FLAT = {"Sign"}
PRODUCTS = {
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
    "Square",
    "Pow",
    "Xdivy",
}
SHAPE_ONLY = {
    "Reshape",
    "Identity",
    "ExpandDims",
    "Squeeze",
    "Transpose",
    "Cast",
    "Pad",
    "MaxPool",
    "AvgPool",
    "Mean",
    "Sum",
    "Max",
    "StridedSlice",
    "Mul",
}


def cause_of_cut(op_type: str) -> str:
    """Why an operation gives no gradient to its inputs."""
    if op_type in STOPS or op_type == CUSTOM:
        return "stop-gradient"
    return "host-call" if op_type in HOST else "non-differentiable"


def cause_of_stop(operation, graph, value) -> str:
    """Why an operation gives a zero gradient to an input.

    Args:
        operation: The operation.
        graph: The step.
        value: Number of the input.
    """
    values = graph.value_of(value)
    if operation.type in FLAT or operation.type == CUSTOM:
        return "zero-derivative"
    if operation.type in RECTIFIERS:
        return "dead-activation" if np.max(values) <= 0 else "saturated"
    if operation.type in SATURATING:
        flat = operation.type == "Softmax" and values.shape[-1] == 1
        return "zero-derivative" if flat else "saturated"
    if operation.type in BOUNDS:
        other = [graph.value_of(v) for v in operation.inputs if v != value]
        is_rectifier = operation.type == "Maximum" and not any(np.any(o) for o in other)
        return "dead-activation" if is_rectifier else "saturated"
    if operation.type in CHOICES:
        condition = operation.inputs[0]
        return "dead-activation" if value in graph.before([condition]) else "zero-signal"
    return "unknown"
