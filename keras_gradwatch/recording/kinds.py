"""What an operation does to a gradient. A backend gives each of its operations one of these kinds.

The diagnosis reads kinds only. Names clash between frameworks: `max` is a reduction in one and a
bound in another.
"""

LINEAR = "linear"
"""Anything whose derivative is an ordinary number, and whatever is not listed by a backend."""
RECTIFIER = "rectifier"
"""Exactly 0 with slope 0 on one side: relu, relu6, threshold."""
SATURATING = "saturating"
"""Flat at its ends: sigmoid, tanh, erf, exp, softplus, clip."""
SOFTMAX = "softmax"
"""Saturating too, and constant over a single unit."""
MAXIMUM = "maximum"
"""The larger of two values: the smaller one gets no gradient."""
MINIMUM = "minimum"
CHOICE = "choice"
"""Elementwise choice by a condition, which is its first input: `where`."""
FLAT = "flat"
"""A derivative that is 0 wherever it exists, and given as 0: sign, round on some backends."""
PRODUCT = "product"
"""A product: each factor's gradient is multiplied by the other factors."""
POWER = "power"
"""A product of a value with itself: square, pow."""
STOP = "stop"
"""Stops a gradient on purpose: stop_gradient, detach."""
HOST = "host"
"""Leaves the framework for Python: numpy_function, pure_callback, `.numpy()`."""
TO_NUMPY = "to-numpy"
"""A host operation without a result: the value is read by Python code."""
CUSTOM = "custom"
"""The user's own backward pass."""
OVERWRITE = "overwrite"
"""Writes over a part of its first input, which loses its gradient there: `copy_`, `setitem`."""
FORGETS = "forgets"
"""Makes something of a value that says nothing of its content: its shape, zeros like it."""
ASSIGN = "assign"
"""Writes a variable, which is its first input."""
READ = "read"
"""Reads a variable."""
COPY = "copy"
"""The same elements in the same places: identity, cast, negation."""
RESHAPE = "reshape"
"""The same elements, other axes: reshape, expand_dims, squeeze, slices."""
TRANSPOSE = "transpose"
SUM = "sum"
"""Adds values: its derivative is 1 for each of them."""
REDUCE = "reduce"
"""Sums, means, maxima and pools: zero where all that comes in is zero."""

KINDS = frozenset(value for name, value in vars().items() if name.isupper())

HOSTS = frozenset({HOST, TO_NUMPY})
SATURATES = frozenset({SATURATING, SOFTMAX})
PRODUCTS = frozenset({PRODUCT, POWER})
KEEPS_ZERO = frozenset({COPY, RESHAPE, TRANSPOSE, REDUCE, PRODUCT})
"""The result is zero where the first input is."""
KEEPS_WEIGHT = frozenset({READ, COPY, RESHAPE, TRANSPOSE})
"""What is made of a weight alone, before it meets data."""
