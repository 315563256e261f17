"""What the diagnosis does not say rightly of a case yet, and why: `{(case, aspect): reason}`.

`test_cases.py` asks for each of them: what has been mended is taken out of here.
"""

NEIGHBOR = "the line beside the one that a reader would change"
LEFT_OUT = "a term is left out of the loss: " + NEIGHBOR
UNREAD = "a result that nothing reads: " + NEIGHBOR
LARGE = "a large gradient that no layer makes grow"

EVERYWHERE = {
    ("1026", "line"): "a squeezed prediction: where it meets the target, not where it is squeezed",
    ("1027", "line"): "a weight that nothing reads: where it is made, not where it should be used",
    ("1027", "function"): "as its line",
    ("381", "line"): "a mask that is turned round: where it is made, not where it is used",
    ("381", "function"): "as its line",
    ("382", "symptom"): "it has gone on to NaN when it is looked at",
    ("439", "cause"): "powers of raw values in the last layer's input: nothing there grows",
    ("943", "line"): LEFT_OUT,
    ("947", "line"): "a factor of the slope is missing: the line that returns the slope",
    ("950", "line"): "`zip` ends with the shorter list: the line that makes the weight",
    ("950", "function"): "as its line",
    ("708", "line"): LEFT_OUT,
    ("714", "line"): "a mask is turned round: the line that compares, not the one that multiplies",
}

TENSORFLOW = {
    (
        "1014",
        "line",
    ): "a codebook behind a straight-through estimator: the term that should read it",
    ("368", "cause"): "a forward pass before the tape: told as a stopped gradient",
    ("949", "line"): "kernels make up two thirds of the growth, the sum with the input one third",
    ("949", "function"): "as its line",
    ("233", "line"): "a loss read off a metric: the line that feeds it, not the one that reads it",
    ("337", "line"): "values without a loss: `stop_gradient`, where they are used, not the sum",
    ("407", "line"): "a factor inside the gradient function: the line that returns",
    ("945", "cause"): "tanh is saturated on seven of eight elements: below the limit",
    ("919", "line"): "a slope that a helper computes: the line that returns it",
    ("919", "function"): "as its line",
    ("924", "line"): "blocks without a residual path: the line that makes the first layer",
    ("924", "function"): "as its line",
    ("929", "line"): "a gradient of another shape: the line that returns it",
    ("929", "symptom"): "told as a wrong gradient, not as a step that raises",
    ("045", "line"): "a layer that is made in each call: told where it is called",
    ("066", "symptom"): "a part of the channels is dead: told as dead channels",
    ("066", "weights"): "the layer behind the dead channels is not counted in",
    ("102", "weights"): "the third of six layers is above the limit",
    ("103", "cause"): "an LSTM with relu explodes: its dead units are told",
    ("105", "cause"): LARGE,
    ("212", "cause"): "a value rounded inside tf.scan: the cut inside the loop is not seen",
    ("232", "line"): "a loss without the prediction: the helper that takes the target apart",
    ("232", "function"): "as its line",
    ("222", "line"): "the line that keeps an object, not the one in it that calls a layer",
    ("222", "function"): "as its line",
    ("282", "line"): "a recurrence that grows: the line that multiplies, not the initializer",
    ("282", "function"): "as its line",
    ("611", "line"): "`stop_gradient` twice in a loop: the first of the two lines",
    ("624", "line"): "a branch is always dropped: the line that makes the factor zero",
    ("630", "line"): "blocks that shrink the signal: no line",
    ("630", "function"): "as its line",
    ("801", "line"): UNREAD,
    ("814", "line"): LEFT_OUT,
}

JAX = {
    ("949", "line"): "kernels make up two thirds of the growth, the sum with the input one third",
    ("949", "function"): "as its line",
    ("547", "line"): LEFT_OUT,
    ("743", "line"): "`stop_gradient` on both sides: the first of the two lines",
    ("745", "cause"): "an array kept in a layer: not found",
    ("746", "cause"): "parameters of a `JaxLayer` given as its state: not told",
    ("747", "cause"): "the loss of a generator reads the real batch: told as stop-gradient",
}

TORCH = {
    ("1029", "weights"): "a Keras variable in a closure: its name is that of the tensor",
    ("1050", "line"): "the line inside `no_grad`, not the one that opens it",
    ("575", "cause"): LARGE,
    ("764", "cause"): "`.item()` of a weight: told as unused",
    ("766", "cause"): "a loss of a value with itself: not told beside the frozen teacher",
}

KNOWN_MISSES = {
    "tensorflow": EVERYWHERE | TENSORFLOW,
    "jax": EVERYWHERE | JAX,
    "torch": EVERYWHERE | TORCH,
}
