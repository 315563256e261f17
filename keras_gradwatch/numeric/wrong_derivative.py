"""The finding about a custom gradient that is not the derivative of its forward pass."""

from collections.abc import Iterable
from typing import Any

from keras_gradwatch.findings import Finding, Location
from keras_gradwatch.numeric.finite_differences import Comparison
from keras_gradwatch.recording.graph import Operation
from keras_gradwatch.recording.recording import Recording

MOST_CALLS = 100
"""Calls of custom gradients that are checked in one step, about 0.2 seconds each."""


def finding(
    function: str,
    operation: Operation,
    location: Location | None,
    evidence: dict[str, Any],
    weights: Iterable[str],
) -> Finding:
    """Returns the finding about one backward function.

    Args:
        function: Name of the backward function.
        operation: The call of the custom gradient.
        location: The line that makes the wrong value.
        evidence: What `numbers` returned, or `value_shape` and `gradient_shape`.
        weights: Paths of the weights whose gradient comes through it.
    """
    return Finding(
        symptom="wrong",
        cause="wrong-derivative",
        severity="error",
        weights=tuple(dict.fromkeys(weights)),
        layer=operation.layer,
        op=operation.type,
        location=location,
        message=_message(function, evidence),
        explanation=(
            "The gradient is not the derivative of the forward pass: finite differences of the "
            "forward pass on this batch give other numbers."
        ),
        remedy=(
            "Derive the backward pass again: multiply by the gradient from above, keep every "
            "inner factor and every intermediate value of the forward pass, and return one "
            "gradient of the same shape for each input. Without a custom gradient the framework "
            "derives it by itself."
        ),
        evidence=evidence,
    )


def numbers(worst: Comparison) -> dict[str, Any]:
    """Returns the evidence of one comparison with finite differences."""
    return {
        "finite_differences": [float(f"{v:.6g}") for v in worst.slopes],
        "gradient": [float(f"{v:.6g}") for v in worst.gradients],
        "relative_error": float(f"{worst.error:.3g}"),
        "precision": worst.precision.dtype,
    }


def unchecked_notes(calls: int, failed: list[str]) -> list[str]:
    """Returns a sentence for what was not checked.

    Args:
        calls: Number of calls of custom gradients in the step.
        failed: Names of those that could not run on their own.
    """
    notes = []
    if calls > MOST_CALLS:
        notes.append(f"only the first {MOST_CALLS} of {calls} custom gradients were checked")
    if failed:
        names = ", ".join(dict.fromkeys(failed))
        notes.append(f"custom gradients could not be checked: {names}")
    return notes


def weights_through(recording: Recording, values: Iterable[int]) -> list[str]:
    """Returns the paths of the weights whose gradient comes through some values."""
    below = recording.graph.before(values)
    pairs = [p for b in recording.backward for p in zip(b.weights, b.paths, strict=True)]
    return [path for number, path in pairs if number in below and path is not None]


def _message(function, evidence) -> str:
    if "gradient_shape" in evidence:
        return (
            f"`{function}` returns a gradient of shape {evidence['gradient_shape']} "
            f"for a value of shape {evidence['value_shape']}."
        )
    slope, gradient = (evidence[name][0] for name in ("finite_differences", "gradient"))
    return (
        f"`{function}` returns a wrong gradient: along one direction the forward pass "
        f"changes by {slope:.3g}, and the gradient says {gradient:.3g}."
    )
