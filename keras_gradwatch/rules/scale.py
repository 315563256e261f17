"""How large gradients are beside each other, whatever the units of the loss and the input."""

import itertools

import numpy as np

from keras_gradwatch.monitor.window import Window
from keras_gradwatch.record import Record

PACE = 2e-6
"""Update ratio below which a weight hardly moves: in 500,000 steps it changes by its own size.

A good ratio is near 1e-3, fine-tuning on purpose with Adam(1e-6) is still near 5e-6.
"""

GROWS = 2.0
"""Factor over a row of samples from which on a small number is on its way: a branch that starts at
zero grows so, and a learning rate that warms up."""

LEARNED = 0.3
"""Share of its first value by which the loss has come down where a training learns.

The biases of the output alone bring it down by a sixth.
"""


def learns(window: Window) -> bool:
    """Returns whether the loss has come down: then what a rule sees does no harm, or hardly."""
    return window.progress > LEARNED


def kernels(window: Window) -> np.ndarray:
    """Returns which weights are kernels: they have at least two axes and are no bias.

    The gradient of a bias may be 0, or rounding noise, in a healthy model: before a batch
    normalization, a softmax or a difference it has no influence on the loss.
    """
    return window.of_weights(_kernels)


def _kernels(weights):
    return np.array([_is_kernel(weight) for weight in weights], bool)


def _is_kernel(weight):
    # The biases of an attention have two axes: heads and features.
    return len(weight.shape) > 1 and not weight.path.endswith("bias")


def element_scale(window: Window, records: int) -> np.ndarray:
    """Returns the root mean square of the gradient elements that are not 0, `[records, weights]`.

    Zeros are left out, or an embedding would look weak for the words that a batch does not have.

    Args:
        window: What has been measured so far.
        records: How many of the latest records are asked for, at most.
    """
    present = 1 - window.recent("zero_fraction", records)
    counts = np.maximum(window.of_weights(_sizes) * present, 1)
    return window.recent("norm", records) / np.sqrt(counts)


def _sizes(weights):
    return np.array([weight.size for weight in weights], float)


def beside_other_layers(window: Window, records: int) -> np.ndarray:
    """Returns how strong the layer of each weight is beside the others, `[records, weights]`.

    A layer is as strong as the largest element scale of its weights. It is compared with the second
    strongest layer, since one is often far above all others for a reason that is no fault: its
    input is not scaled. NaN where a layer has no kernel, where its gradients are all 0, and in a
    model of one layer.

    Args:
        window: What has been measured so far.
        records: How many of the latest records are asked for, at most.
    """
    place, order, starts = window.of_weights(_layers)
    scale = element_scale(window, records)
    scale = np.where(np.isfinite(scale), scale, 0.0)
    if len(starts) < 2:
        return np.full_like(scale, np.nan)
    strength = np.maximum.reduceat(scale[:, order], starts, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = strength / np.sort(strength, axis=1)[:, -2:-1]
    usable = window.of_weights(_has_kernel) & (strength > 0) & np.isfinite(ratio)
    return np.where(usable, ratio, np.nan)[:, place]


def is_gated(window: Window, records: int, limit: float) -> np.ndarray:
    """Returns which weights lie in a layer whose own weight gets a gradient that they do not.

    The gradient arrives at that layer: what is small is a gate of it, such as the gain of a branch
    that starts at 0, and the gate learns.

    Args:
        window: What has been measured so far.
        records: How many of the latest records are looked at, at most: one is enough.
        limit: Share of the gradient of the layer's own weight below which there is none.
    """
    scales = np.nan_to_num(element_scale(window, records))
    found = np.zeros(scales.shape[1], bool)
    for position, outer in window.of_weights(_own_of_outer_layers):
        largest = scales[:, outer].max(axis=1)
        found[position] = (scales[:, position] < limit * largest).any()
    return found


def _own_of_outer_layers(weights):
    """For each weight that lies in layers with weights of their own the positions of these."""
    own: dict[str, list[int]] = {}
    for i, weight in enumerate(weights):
        own.setdefault(weight.layer, []).append(i)
    found = []
    for i, weight in enumerate(weights):
        parts = weight.layer.split("/")
        names = ("/".join(parts[:end]) for end in range(1, len(parts)))
        outer = [j for name in names for j in own.get(name, ())]
        if outer:
            found.append((i, outer))
    return found


def _layers(weights):
    """The layer of each weight, the weights in the order of their layers, and where each begins."""
    _, place = np.unique([weight.layer for weight in weights], return_inverse=True)
    order = np.argsort(place, kind="stable")
    return place, order, np.flatnonzero(np.diff(place[order], prepend=-1))


def _has_kernel(weights):
    """Which layers, in the order of `_layers`, have a kernel."""
    place, _, starts = _layers(weights)
    return np.isin(np.arange(len(starts)), place[_kernels(weights)])


def gain(window: Window, record: Record) -> np.ndarray:
    """Returns by how much each kernel amplifies a typical signal, NaN for what is no kernel.

    The norm over the root of the number of units. Every usual initializer keeps it between 0.5 and
    1.5, whatever the size of the layer; a table, as of an embedding, amplifies nothing.
    """
    return record["weight_norm"] / np.sqrt(window.of_weights(_units))


def _units(weights):
    """Number of outputs, or more: heads and depthwise kernels have theirs in another axis."""
    sizes = [w.shape[-1] if len(w.shape) == 2 else max(w.shape, default=1) for w in weights]
    is_kernel = [weight.path.endswith("kernel") for weight in weights]
    return np.where(is_kernel, sizes, np.nan)


def features(window: Window, record: Record) -> np.ndarray:
    """Returns the root mean square of what enters each dense layer, NaN for all else.

    The gradient of a dense kernel is the input times the gradient of the bias, so that their
    quotient is the size of the input, in no unit of the loss. A layer with another one-axis layer
    behind it is left out: a normalization takes the bias away, and its gradient is rounding noise.
    """
    kernel, bias, inputs = window.of_weights(_dense_layers)
    norm, sizes = record["norm"], np.full(len(record.weights), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = norm[kernel] / norm[bias] / np.sqrt(inputs)
    sizes[kernel] = np.where(norm[bias] > 0, size, np.nan)
    return sizes


def _dense_layers(weights):
    """Where the kernels and biases of dense layers are, and how many inputs each has."""
    biases = {weight.layer: i for i, weight in enumerate(weights) if weight.path.endswith("/bias")}
    found = [
        (i, biases[weight.layer], weight.shape[0])
        for i, weight in enumerate(weights)
        if len(weight.shape) == 2
        and weight.path.endswith("/kernel")
        and weight.layer in biases
        and not _is_normalized(weights, biases[weight.layer])
    ]
    return np.array(found, int).reshape(-1, 3).T


def _is_normalized(weights, bias):
    """Whether the layer that comes next has no kernel."""
    behind = (
        w for w in itertools.islice(weights, bias + 1, None) if w.layer != weights[bias].layer
    )
    after = list(itertools.islice(behind, 2))
    return bool(after) and all(len(weight.shape) < 2 for weight in after)
