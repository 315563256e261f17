"""Custom gradients against finite differences, each on its own and in float64 where possible."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import jax
import numpy as np
from jax.extend.core import jaxpr_as_fun

from keras_gradwatch.backends.jax.derivatives import Custom, is_float
from keras_gradwatch.backends.jax.equations import lines_of
from keras_gradwatch.backends.jax.evaluation import ancestors, widened
from keras_gradwatch.backends.jax.recorder import Recorder
from keras_gradwatch.findings import Finding, Location
from keras_gradwatch.numeric.finite_differences import PRECISIONS, Comparison, Precision, Probe
from keras_gradwatch.numeric.wrong_derivative import (
    MOST_CALLS,
    finding,
    numbers,
    unchecked_notes,
    weights_through,
)
from keras_gradwatch.recording import source


@dataclasses.dataclass(frozen=True)
class Fault:
    """A custom gradient that is not the derivative of its forward pass.

    Args:
        inputs: Positions of the inputs that get a wrong gradient.
        location: The line that makes the wrong value.
        evidence: The numbers.
    """

    inputs: list[int]
    location: Location | None
    evidence: dict[str, Any]


def check_custom_gradients(model: Any, data: Any) -> tuple[list[Finding], list[str]]:
    """Compares every derivative of the user's with finite differences.

    Args:
        model: The compiled model.
        data: A batch as its `train_step` receives it.

    Returns:
        A finding for each `custom_vjp` or `custom_jvp` that gives a wrong gradient, and a sentence
        on what could not be checked.
    """
    recorder = Recorder(model)
    recording = recorder.run(data)
    nodes = (node for node in recorder.nodes if isinstance(node.derivative, Custom))
    calls = [(node, node.operation) for node in nodes if node.operation is not None]
    found: dict[Any, Finding] = {}
    unchecked: list[str] = []
    for node, operation in calls[:MOST_CALLS]:
        backward = operation.attributes["backward"]
        name = getattr(backward, "__name__", "a custom gradient")
        try:
            arrays = [recorder.values.arrays[n] for n in node.inputs]
            wrong = _fault_of(Passes(node.derivative, arrays), backward)
        except Exception as error:  # It cannot run on its own.
            unchecked.append(f"{name} ({type(error).__name__})")
            continue
        if wrong is not None:
            weights = weights_through(recording, [node.inputs[i] for i in wrong.inputs])
            key = wrong.location or name
            earlier = found[key].weights if key in found else ()
            found[key] = finding(
                name, operation, wrong.location, wrong.evidence, [*earlier, *weights]
            )
    return list(found.values()), unchecked_notes(len(calls), unchecked)


def _fault_of(passes: "Passes", backward: Any) -> Fault | None:
    """What is wrong with one call, `None` where nothing is.

    Args:
        passes: Its forward and its backward pass.
        backward: The user's function for the backward pass, as far as it is known.
    """
    if not passes.places:
        return None
    probe = _probe(passes)
    if probe.is_identity or probe.is_random:
        return None
    compared = [probe.compare(i) for i in range(len(passes.places))]
    wrong = [i for i, c in enumerate(compared) if c.is_wrong and not probe.jumps(i)]
    if not wrong:
        return None
    worst: Comparison = max((compared[i] for i in wrong), key=lambda c: c.error)
    location = passes.origin(wrong) or source.of_gradient_function(backward)
    return Fault([passes.places[i] for i in wrong], location, numbers(worst))


def _probe(passes: "Passes") -> Probe:
    """The passes in the best precision that they run in."""
    for precision in PRECISIONS[:-1]:
        try:
            return passes.probe(precision)
        except (TypeError, ValueError, NotImplementedError):
            continue  # An operation that has its types written into it.
    return passes.probe(PRECISIONS[-1])


class Passes:
    """The forward and the backward pass of one call, as functions of its floating-point inputs.

    Args:
        derivative: What the call computes.
        arrays: Its inputs on the batch.

    Attributes:
        places: Positions of the inputs that get a gradient.
    """

    def __init__(self, derivative: Custom, arrays: Sequence):
        nothing = derivative.without_gradient(arrays)
        floats = [i for i, array in enumerate(arrays) if is_float(array)]
        self.places = [i for i in floats if i not in nothing]
        self._arrays = [np.asarray(array) for array in arrays]
        made = jax.eval_shape(derivative.forward, *arrays)
        given = tuple(i for i, result in enumerate(made) if is_float(result))
        passed = [np.zeros(made[i].shape, made[i].dtype) for i in given]
        self._forward = jax.make_jaxpr(
            lambda *inputs: [derivative.forward(*inputs)[i] for i in given]
        )(*arrays)
        pull: Callable[..., Sequence] = derivative.pulled(len(arrays), given, tuple(self.places))
        written = derivative.backward_function(len(arrays))
        if written is not None and len(given) == len(made):  # It knows the user's lines.
            pull = lambda *values: [written(*values)[i] for i in self.places]  # noqa: E731
        self._backward = jax.make_jaxpr(pull)(*arrays, *passed)

    def probe(self, precision: Precision) -> Probe:
        """The passes for finite differences."""
        forward, backward = (_run(p, precision.dtype) for p in (self._forward, self._backward))
        return Probe(
            [self._arrays[i] for i in self.places],
            lambda values: forward(self._with(values)),
            lambda values, passed: backward([*self._with(values), *passed]),
            precision,
        )

    def _with(self, values: Iterable) -> list:
        """All inputs, where those that get a gradient have these values."""
        inputs = list(self._arrays)
        for i, value in zip(self.places, values, strict=True):
            inputs[i] = value
        return inputs

    def origin(self, wrong: list[int]) -> Location | None:
        """The user's line that makes the wrong value.

        It is the last one that all wrong gradients share and that no right one uses.
        """
        jaxpr = self._backward.jaxpr
        each = [ancestors(jaxpr, variable) for variable in jaxpr.outvars]
        shared = set.intersection(*(each[i] for i in wrong))
        right = [each[i] for i in range(len(each)) if i not in wrong]
        blamed = shared.difference(*right) or each[wrong[0]]
        for i in sorted(blamed, reverse=True):
            lines = lines_of(jaxpr.eqns[i].source_info)
            if lines:
                return lines[0]
        return None


def _run(closed: Any, dtype: str) -> Callable[[Sequence], list[np.ndarray]]:
    """A jaxpr as a function of NumPy arrays, in a floating-point type."""
    is_wide = dtype == "float64"
    function = widened(closed) if is_wide else jaxpr_as_fun(closed)
    compiled = jax.jit(lambda *values: function(*values))
    types = [np.dtype(dtype) if is_float(v.aval) else v.aval.dtype for v in closed.jaxpr.invars]
    if not is_wide:
        types = [v.aval.dtype for v in closed.jaxpr.invars]

    def run(values: Sequence) -> list[np.ndarray]:
        with jax.enable_x64(is_wide):
            arrays = [np.asarray(v, t) for v, t in zip(values, types, strict=True)]
            return [np.asarray(made, "float64") for made in compiled(*arrays)]

    return run
