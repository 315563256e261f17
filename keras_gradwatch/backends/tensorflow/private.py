"""The private names of TensorFlow and Keras that are needed. A test holds that they are there."""

from typing import Any

from tensorflow.python import pywrap_tfe
from tensorflow.python.autograph.core import ag_ctx
from tensorflow.python.eager import backprop, wrap_function
from tensorflow.python.eager import context as eager_context
from tensorflow.python.eager import record as tape_record
from tensorflow.python.framework import op_callbacks, ops, random_seed
from tensorflow.python.ops import (
    custom_gradient,
    gen_resource_variable_ops,
    resource_variable_ops,
    script_ops,
)
from tensorflow.python.ops.op_selector import UnliftableError

BaseResourceVariable = resource_variable_ops.BaseResourceVariable
EagerTensorBase = ops._EagerTensorBase
"""Its methods `numpy`, `__array__`, `__float__` and `__int__` take a value out of the framework."""
gradient_registry = ops.gradient_registry
read_variable = gen_resource_variable_ops.read_variable_op


def build(model: Any, data: Any) -> None:
    """Builds a model, its loss, its metrics and its optimizer, as the first batch of `fit` does."""
    model._symbolic_build(data_batch=data)


def layers_in(model: Any) -> list:
    """The model, and all layers below it."""
    return list(model._flatten_layers())


__all__ = [
    "BaseResourceVariable",
    "EagerTensorBase",
    "UnliftableError",
    "ag_ctx",
    "backprop",
    "build",
    "custom_gradient",
    "eager_context",
    "gradient_registry",
    "layers_in",
    "op_callbacks",
    "pywrap_tfe",
    "random_seed",
    "read_variable",
    "script_ops",
    "tape_record",
    "wrap_function",
]
