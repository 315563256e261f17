"""Gradients that vanish or explode along the way through a model."""

import dataclasses
from collections.abc import Iterator
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


MOST_FORKS = 64
"""Values with several readers on one way: at each the gradient is pulled once more."""


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
    whole = float(np.log(hop.norm / last.norm))
    made_of_weights = _made_of_weights(walk)
    share: dict[Any, float] = {}
    first: dict[Any, Operation] = {}
    for operation, change in _strongest_way(walk, hop, last):
        is_weighing = operation.kind in kinds.PRODUCTS and made_of_weights & {*operation.inputs}
        if operation.location and not is_weighing and change * whole > 0:
            share[operation.location] = share.get(operation.location, 0.0) + change / whole
            first.setdefault(operation.location, operation)
    line = max(share, key=share.__getitem__, default=None)
    return first[line] if line is not None and share[line] > 1 / 2 else None


def _strongest_way(walk: Walk, hop: Hop, last: Hop) -> Iterator[tuple[Operation, float]]:
    """The operations from a hop to the way of the last one, with the gradient's change at each.

    Where several operations read a value, it is the one that gives most of its gradient. A change
    is in orders of e.
    """
    graph, forks = walk.graph, 0
    end = graph.after(graph.operations[last.first].outputs)
    value, *_ = graph.operations[hop.first].outputs
    while value not in end:
        readers = [o for o in graph.read_by.get(value, ()) if _has_gradient(walk, o)]
        forks += len(readers) > 1
        if not readers or forks > MOST_FORKS:
            return
        given = _given(walk, value, readers)
        reader = max(readers, key=lambda o: given[o.index])
        whole, after = norm(walk.backward.gradient_of(value)), norm(walk.gradient(reader.outputs))
        if whole and after and given[reader.index]:
            # What the other readers add comes from where the ways join: the last of them.
            yield readers[-1], float(np.log(whole / given[reader.index]))
            yield reader, float(np.log(given[reader.index] / after))
        value = next(v for v in reader.outputs if walk.backward.gradient_of(v) is not None)


def _has_gradient(walk, operation) -> bool:
    gradients = map(walk.backward.gradient_of, operation.outputs)
    return walk.graph.makes(operation) and any(g is not None and np.any(g) for g in gradients)


def _given(walk, value: int, readers: list[Operation]) -> dict[int, float]:
    """The norm of the gradient that each reader gives to a value, by the reader's number."""
    rest, found = walk.backward.gradient_of(value), {}
    for reader in readers[:-1]:
        number = reader.outputs[0]
        gradient = walk.backward.gradient_of(number)
        pulled = None if gradient is None else walk.put_in(number, gradient)
        given = None if pulled is None else pulled.gradient_of(value)
        found[reader.index] = norm(given) or 0.0
        rest = rest if given is None or rest is None else rest - given
    found[readers[-1].index] = norm(rest) or 0.0
    return found


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
