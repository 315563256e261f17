"""The causes: for each one its code, why it happens, and the fix.

A code is the name of a page in this folder: GW1xx is a cause, GW2xx a rule, which gives its code to
its findings. A code is never used again for anything else.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Cause:
    """A cause, in words.

    Args:
        code: The code that the finding shows, and the name of the page.
        explanation: Why the gradient is as it is; `{op}` is the operation to blame.
        remedy: What to change.
    """

    code: str
    explanation: str
    remedy: str


CAUSES = {
    "unused": Cause(
        "GW101",
        "the loss does not depend on it: no value computed from it reaches the loss",
        "use its result on the way to the loss (`x = self.conv(x)`, not `self.conv(inputs)`), "
        "or delete it",
    ),
    "non-differentiable": Cause(
        "GW102",
        "{op} has no derivative: the gradient reaches its output and cannot go through",
        "use a differentiable counterpart (softmax for argmax, sigmoid for a comparison), or a "
        "straight-through estimator: `x + ops.stop_gradient(hard(x) - x)`",
    ),
    "stop-gradient": Cause(
        "GW103",
        "{op} stops the gradient here on purpose, or a custom gradient returns None",
        "take `stop_gradient` away from this path, or return a gradient for every input and "
        "every variable: `return dx, [dkernel]`",
    ),
    "host-call": Cause(
        "GW104",
        "{op} leaves the framework for Python: what comes back is a constant to the gradient",
        "write it with `keras.ops` instead of NumPy, and read weights as they are "
        "(`self.kernel`, not `self.kernel.numpy()`)",
    ),
    "untracked": Cause(
        "GW105",
        "the forward pass reads a variable that the model does not know: it is never trained",
        "make it with `self.kernel = self.add_weight(...)` in `build`, and keep layers as "
        "attributes of the layer or model that calls them",
    ),
    "frozen": Cause(
        "GW106",
        "it is not trainable, and the forward pass reads it like a parameter",
        "if it is meant to learn: `self.add_weight(..., trainable=True)`, "
        "or `layer.trainable = True` before `compile`",
    ),
    "no-loss": Cause(
        "GW107",
        "no loss is computed from it where the gradient tape can see it",
        "give every output a loss in `compile(loss={{...}})`, and compute the loss inside what is "
        "differentiated (on TensorFlow `with tf.GradientTape() as tape:`)",
    ),
    "dead-activation": Cause(
        "GW108",
        "every value that reaches {op} is at or below 0, where its slope is exactly 0",
        'use `activation="leaky_relu"`, or bring the values above 0 again (initializer, bias, '
        "scale of the inputs, a smaller learning rate)",
    ),
    "saturated": Cause(
        "GW109",
        "the values that reach {op} are so large that its slope is exactly 0",
        "scale the inputs (`keras.layers.Normalization`), use a smaller initializer, or clip "
        "only where nothing is lost",
    ),
    "zero-derivative": Cause(
        "GW110",
        "the derivative of {op} is 0 everywhere",
        "use a smooth counterpart (tanh for sign, sigmoid for a softmax over one unit), or a "
        "straight-through estimator: `x + ops.stop_gradient(ops.sign(x) - x)`",
    ),
    "zero-signal": Cause(
        "GW111",
        "the gradient is multiplied by a factor that is exactly 0 ({op})",
        'do not start every factor at zero: `kernel_initializer="glorot_uniform"` for one of them',
    ),
    "wrong-derivative": Cause(
        "GW112",
        "the custom gradient is not the derivative of its forward pass (finite differences)",
        "multiply the upstream gradient by the derivative at every step of the chain rule: "
        "`return upstream * derivative(x)`",
    ),
    "non-finite": Cause(
        "GW113",
        "NaN or Inf first appears in {op}",
        "keep its input away from the singular point before the operation, not after: "
        "`ops.sqrt(ops.maximum(x, 1e-7))`, `ops.log(x + 1e-7)`, `ops.divide_no_nan(a, b)`",
    ),
    "vanishing": Cause(
        "GW114",
        "the gradient shrinks from layer to layer on its way back from the loss",
        'use `activation="relu"` with `kernel_initializer="he_normal"`, residual connections '
        "or normalization layers",
    ),
    "exploding": Cause(
        "GW115",
        "the gradient grows with every step on its way back from the loss",
        "use a bounded activation in recurrent layers (tanh), an orthogonal initializer, "
        "normalized inputs, or `optimizer(clipnorm=1.0)`",
    ),
    "step-raises": Cause(
        "GW116",
        "the step ends there, so no gradient can be looked at behind it",
        "fix this first, then look again",
    ),
    "shape-contract": Cause(
        "GW117",
        "the shape that is promised and the shape that is produced differ",
        "return in `compute_output_shape` what `call` returns, and give targets the shape of "
        "the predictions: `y = y[:, None]`",
    ),
    "unknown": Cause(
        "GW100",
        "no single operation explains it on this batch; the path shows where the gradient goes",
        "look along the path for the first value that is not what you expect",
    ),
}


CULPRITS = {
    "non-differentiable": "has no derivative",
    "stop-gradient": "stops the gradient",
    "host-call": "leaves the framework",
    "dead-activation": "outputs only zeros",
    "saturated": "is saturated",
    "zero-derivative": "has a slope of 0",
    "zero-signal": "multiplies by 0",
    "non-finite": "makes NaN or Inf",
}
"""What the place to blame does to the weights behind it, in a headline."""


def explanation(cause: str, operation: str | None = None) -> str:
    """Says why, in the words of the operation."""
    return CAUSES[cause].explanation.format(op=operation or "an operation")


def remedy(cause: str) -> str:
    """Says what to change."""
    return CAUSES[cause].remedy.format()
