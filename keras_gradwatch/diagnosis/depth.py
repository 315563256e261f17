"""How the size of a gradient changes on its way: from layer to layer, and from time step to time step."""

import collections

import numpy as np

from keras_gradwatch.diagnosis import operations as kinds
from keras_gradwatch.diagnosis.blame import Blame, Walk, norm

FACTOR = 1e4
"""By how much the gradient changes over the layers, or over a loop: layers of healthy deep
networks differ by a factor of 100 to 1000."""
LAYERS = 4
"""Fewer layers are no depth."""
LONGEST_PATH = 12


def hops(walk: Walk) -> list[dict]:
    """The layers between a weight and the loss, the loss first, with the gradient at each."""
    found = [
        {"layer": layer, "gradient norm": size}
        for layer, size, _ in reversed(_layers(walk.graph, walk.backward, walk.reached))
    ]
    if len(found) > LONGEST_PATH:
        half = LONGEST_PATH // 2
        return [*found[:half], {"layer": "...", "gradient norm": None}, *found[-half:]]
    return found


def _layers(graph, backward, within=None):
    """Each layer with the gradient norm at its last output, in the order of execution."""
    last = {}
    needed = graph.before(backward.losses)
    for operation in graph.operations:
        floats = [v for v in operation.outputs if v in needed and graph.is_float(v)]
        if operation.layer and floats and (within is None or floats[0] in within):
            last[operation.layer] = operation
    return [(layer, norm(backward.gradient_of(o.outputs[0])), o) for layer, o in last.items()]


def symptom_of(graph, backward) -> dict[int, str]:
    """The weights whose gradient has vanished or exploded over the depth of the model."""
    found = {}
    makers = [graph.read_by.get(w, [None])[0] for w in backward.weights]
    sizes = [norm(backward.gradient_of(w)) for w in backward.weights]
    layers = [(n, s, o) for n, s, o in _layers(graph, backward) if s and np.isfinite(s)]
    for weight, maker, size in zip(backward.weights, makers, sizes, strict=True):
        if maker is None or not size or not np.isfinite(size):
            continue
        after = [s for _, s, o in layers if o.index >= maker.index]
        if len(after) >= LAYERS and after[0] * FACTOR < max(after) and _falls(after):
            found[weight] = "vanishing"
        elif len(after) >= LAYERS and after[0] > FACTOR * after[-1] and _falls(after[::-1]):
            found[weight] = "exploding"
        elif any(g > FACTOR for g in _growths(graph, backward, maker.layer)):
            found[weight] = "exploding"
    return found


def _falls(sizes) -> bool:
    """Whether most of the hops go the same way: no single layer is to blame."""
    return float(np.mean(np.diff(np.log(sizes)) > 0)) > 0.6


def _growths(graph, backward, layer):
    """By how much the gradient grows, backward, over the rounds of each loop in a layer."""
    rounds = collections.defaultdict(list)
    for operation in graph.operations:
        if operation.layer == layer and operation.type in ("MatMul", "Mul"):
            rounds[operation.type, operation.lines].append(operation)
    for operations in rounds.values():
        if len(operations) >= 10:
            sizes = [norm(backward.gradient_of(o.outputs[0])) or 0.0 for o in operations]
            if np.isfinite(sizes).all() and sizes[-1] > 0:
                yield max(sizes[: len(sizes) // 2]) / sizes[-1]


def steepest(walk: Walk, symptom: str) -> Blame:
    """Blames the layer at which the gradient changes most, and shows the factor of each hop."""
    layers = [(s, o) for _, s, o in _layers(walk.graph, walk.backward, walk.reached) if s]
    if not layers:
        return Blame("unknown")
    ratios = [after[0] / before[0] for before, after in zip(layers, layers[1:], strict=False)]
    index = int(np.argmax(ratios) if symptom == "vanishing" else np.argmin(ratios)) if ratios else 0
    operation = layers[index][1]
    evidence = {
        "gradient at the weight": norm(walk.gradient([walk.weight])),
        "gradient at the first layer": layers[0][0],
        "gradient at the last layer": layers[-1][0],
    }
    return Blame(symptom, operation, evidence)


__all__ = ["hops", "kinds", "steepest", "symptom_of"]
