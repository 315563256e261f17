"""Gradients that vanish or explode along the way through a model."""

import dataclasses
from typing import Any

import numpy as np

from keras_gradwatch.diagnosis.walk import Walk, norm
from keras_gradwatch.recording import kinds
from keras_gradwatch.recording.graph import Backward, Graph, Operation

VANISHING = 1e-5
"""A gradient norm this far below that at the last layer: healthy models, LSTMs and residual nets of
dozens of layers stay above 1e-3; twelve sigmoid layers are at 1e-8."""

EXPLODING = 300.0
"""A gradient norm this far above that at the last layer: healthy models stay below 20."""

OVERWHELMING = 1000.0
"""Gradient norm over weight norm: the gradient of fifty layers with batch normalization grows by
more than `EXPLODING` when they are new, and stays below this; an unstable recurrence does not."""


@dataclasses.dataclass(frozen=True)
class Hop:
    """The gradient where one weight meets the data.

    Args:
        position: Position of the weight among those of the backward pass.
        first: Number of the operation that reads the weight.
        norm: L2 norm of the gradient at all that is made of the weight, over all time steps.
        largest: The largest norm of a single time step.
        last: The norm of the last time step.
    """

    position: int
    first: int
    norm: float
    largest: float
    last: float

    @property
    def grows_in_steps(self) -> bool:
        """Whether the gradient explodes from time step to time step, at this very weight."""
        return self.largest > EXPLODING * self.last


def hops(graph: Graph, backward: Backward) -> list[Hop]:
    """Returns the gradient at each matrix of weights, in the order in which they meet the data."""
    found = []
    for position, weight in enumerate(backward.weights):
        gradient = backward.gradient_of(weight)
        if gradient is None or gradient.ndim < 2 or not np.any(gradient):
            continue
        norms = _meetings(graph, backward, weight)
        if norms:
            total = float(np.sqrt(sum(value**2 for _, value in norms)))
            values = [value for _, value in norms]
            found.append(Hop(position, norms[0][0], total, max(values), values[-1]))
    return sorted(found, key=lambda hop: hop.first)


def _meetings(graph, backward, weight) -> list[tuple[int, float]]:
    """For each operation where a weight meets data, its number and the gradient at its output."""
    needed, own, norms = graph.needed(backward), [weight], {}
    while own:
        for operation in graph.read_by.get(own.pop(), ()):
            outputs = [v for v in operation.outputs if v in needed]
            if not outputs or not graph.makes(operation):
                continue
            if operation.kind in kinds.KEEPS_WEIGHT:
                own += outputs
            else:
                norms[operation.index] = _joined_norm(backward, outputs)
    return [(index, norms[index]) for index in sorted(norms) if norms[index]]


def _joined_norm(backward, values) -> float:
    return float(np.sqrt(sum((norm(backward.gradient_of(v)) or 0.0) ** 2 for v in values)))


def vanished(found: list[Hop]) -> list[Hop]:
    """The hops at which almost nothing of the last one's gradient arrives."""
    if len(found) < 2:
        return []
    return [hop for hop in found if hop.norm < VANISHING * found[-1].norm]


def changes_most(walk: Walk, hop: Hop, last: Hop) -> Operation | None:
    """Returns an operation on the line that makes a gradient small, or large, on its way.

    It makes up more than half of the orders of magnitude between the last hop and this one.
    Products with a weight are left out: there the weight is to blame.

    Args:
        walk: The way of the weight.
        hop: Where the weight meets the data.
        last: The last hop.
    """
    by_line: dict[Any, list[Operation]] = {}
    made_of_weights = _made_of_weights(walk)
    shared = walk.graph.after(walk.graph.operations[last.first].outputs)
    for operation in walk.operations:
        is_weighing = operation.kind in kinds.PRODUCTS and made_of_weights & {*operation.inputs}
        is_shared = not shared.isdisjoint(operation.outputs)  # With the way of the last hop.
        if operation.location and not is_weighing and not is_shared:
            by_line.setdefault(operation.location, []).append(operation)
    whole = float(np.log(hop.norm / last.norm))
    share = {
        line: sum(_change(walk, operation) for operation in found) / whole
        for line, found in by_line.items()
    }
    for line in sorted(share, key=share.__getitem__, reverse=True):
        if share[line] <= 1 / 2:
            return None
        if sum(_own_change(walk, o) for o in by_line[line]) / whole > 1 / 2:
            return by_line[line][0]
    return None


def _change(walk, operation, before: np.ndarray | None = None) -> float:
    """By how many orders of e the gradient in front of an operation is larger than behind it."""
    after = norm(walk.gradient(operation.outputs))
    size = norm(walk.gradient(walk.inputs(operation)) if before is None else before)
    return float(np.log(size / after)) if after and size else 0.0


def _own_change(walk, operation) -> float:
    """The same without what other readers of the input give back, unless they meet here."""
    entries = walk.inputs(operation)
    readers = [o for value in entries for o in walk.graph.read_by[value] if o is not operation]
    reach = [walk.graph.after(o.outputs) for o in readers]
    meet = all(not found.isdisjoint(operation.outputs) for found in reach)
    gradient = walk.backward.gradient_of(operation.outputs[0])
    if meet or gradient is None:
        return _change(walk, operation)
    pulled = walk.put_in(operation.outputs[0], gradient)
    if pulled is None:
        return _change(walk, operation)
    own = [pulled.gradient_of(value) for value in entries]
    parts = [np.ravel(part) for part in own if part is not None]
    return _change(walk, operation, np.concatenate(parts) if parts else None)


def _made_of_weights(walk) -> set[int]:
    """The weights, and what is made of them before they meet data."""
    found, waiting = set(walk.backward.weights), list(walk.backward.weights)
    while waiting:
        for operation in walk.graph.read_by.get(waiting.pop(), ()):
            if operation.kind in kinds.KEEPS_WEIGHT:
                new = set(operation.outputs) - found
                found |= new
                waiting += new
    return found


def exploded(found: list[Hop]) -> list[Hop]:
    """The hops at which the gradient is much larger than at the last one, or at the last step.

    Those that it grows at come first.
    """
    large = [hop for hop in found if hop.grows_in_steps or hop.norm > EXPLODING * found[-1].norm]
    return sorted(large, key=lambda hop: not hop.grows_in_steps)
