"""Derivatives that XLA computes in another way than TensorFlow's own kernels.

Those give 0 for a gradient of 0 from above; XLA multiplies, and `0 * inf` is NaN.
"""

GRADIENTS = {
    "Sqrt": lambda output, upstream: upstream * (0.5 / output),
    "Rsqrt": lambda output, upstream: upstream * (-0.5 * output * output * output),
    "Reciprocal": lambda output, upstream: -upstream * output * output,
    "Inv": lambda output, upstream: -upstream * output * output,
}
"""For the type of an operation the gradient at its input."""
