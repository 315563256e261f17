"""The path of the gradient from the loss back to a weight, layer by layer."""

from typing import Any

from keras_gradwatch.diagnosis.walk import Walk, norm
from keras_gradwatch.recording.graph import Backward, Graph, Operation

LONGEST = 12
"""Hops that are shown; those in the middle of a longer path are counted."""


def path_of(
    graph: Graph, backward: Backward, walk: Walk, weight: str, cut: Operation | None
) -> list[dict[str, Any]]:
    """Returns the hops from the loss to a weight.

    Args:
        graph: The step.
        backward: The loss and the gradients.
        walk: The way of the gradient to the weight.
        weight: Path of the weight.
        cut: The operation that is to blame, marked in the path.

    Returns:
        Dictionaries with `name` and `norm`, the L2 norm of the gradient there, `None` for none.
    """
    hops = [{"name": "loss", "norm": _norm(backward, backward.losses)}]
    for operation in reversed(walk.operations):
        if operation is cut:
            hops.append({"name": "[here]", "norm": None})
        name = operation.layer.rpartition("/")[2] if operation.layer else None
        if name and name not in (hop["name"] for hop in hops[-2:]):
            hops.append({"name": name, "norm": _norm(backward, operation.outputs)})
    hops.append({"name": weight, "norm": _norm(backward, [walk.weight])})
    return _shortened(hops)


def _norm(backward, values) -> float | None:
    found = [norm(backward.gradient_of(value)) for value in values]
    return next((value for value in found if value is not None), None)


def _shortened(hops):
    if len(hops) <= LONGEST:
        return hops
    half = LONGEST // 2
    between = {"name": f"... {len(hops) - 2 * half} more ...", "norm": None}
    return [*hops[:half], between, *hops[-half:]]
