"""How large gradients are beside each other, whatever the units of the loss and the input."""

import numpy as np

from keras_gradwatch.history import History
from keras_gradwatch.record import Record


def kernels(history: History) -> np.ndarray:
    """Returns which weights are kernels: they have at least two axes and are no bias.

    The gradient of a bias may be 0, or rounding noise, in a healthy model: before a batch
    normalization, a softmax or a difference it has no influence on the loss.
    """
    return np.array([_is_kernel(weight) for weight in history.weights], bool)


def _is_kernel(weight):
    # The biases of an attention have two axes: heads and features.
    return len(weight.shape) > 1 and not weight.path.endswith("bias")


def element_scale(history: History) -> np.ndarray:
    """Returns the root mean square of the gradient elements that are not 0, `[records, weights]`.

    Zeros are left out, or an embedding would look weak for the words that a batch does not have.
    """
    sizes = np.array([weight.size for weight in history.weights], float)
    counts = np.maximum(sizes * (1 - history.window("zero_fraction")), 1)
    return history.window("norm") / np.sqrt(counts)


def beside_other_layers(history: History) -> np.ndarray:
    """Returns how strong the layer of each weight is beside the others, `[records, weights]`.

    A layer is as strong as the largest element scale of its weights. It is compared with the second
    strongest layer, since one is often far above all others for a reason that is no fault: its
    input is not scaled. NaN where a layer has no kernel, where its gradients are all 0, and in a
    model of one layer.
    """
    layers, place = np.unique([weight.layer for weight in history.weights], return_inverse=True)
    scale = np.nan_to_num(element_scale(history), posinf=0.0)
    strength = np.zeros((len(scale), len(layers)))
    np.maximum.at(strength.T, place, scale.T)
    if len(layers) < 2:
        return np.full_like(scale, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = strength / np.sort(strength, axis=1)[:, -2:-1]
    has_kernel = np.isin(np.arange(len(layers)), place[kernels(history)])
    usable = has_kernel & (strength > 0) & np.isfinite(ratio)
    return np.where(usable, ratio, np.nan)[:, place]


def gain(record: Record) -> np.ndarray:
    """Returns by how much each kernel amplifies a typical signal, NaN for what is no kernel.

    The norm over the root of the number of units. Every usual initializer keeps it between 0.5 and
    1.5, whatever the size of the layer; a table, as of an embedding, amplifies nothing.
    """
    return np.array(
        [
            norm / np.sqrt(_units(weight)) if weight.path.endswith("kernel") else np.nan
            for norm, weight in zip(record["weight_norm"], record.weights, strict=True)
        ]
    )


def _units(weight):
    """Number of outputs, or more: heads and depthwise kernels have theirs in another axis."""
    return weight.shape[-1] if len(weight.shape) == 2 else max(weight.shape, default=1)


def features(record: Record) -> np.ndarray:
    """Returns the root mean square of what enters each dense layer, NaN for all else.

    The gradient of a dense kernel is the input times the gradient of the bias, so that their
    quotient is the size of the input, in no unit of the loss. A layer with another one-axis layer
    behind it is left out: a normalization takes the bias away, and its gradient is rounding noise.
    """
    sizes = np.full(len(record.weights), np.nan)
    biases = {w.layer: i for i, w in enumerate(record.weights) if w.path.endswith("/bias")}
    for i, weight in enumerate(record.weights):
        bias = biases.get(weight.layer)
        is_dense = len(weight.shape) == 2 and weight.path.endswith("/kernel") and bias is not None
        if is_dense and record["norm"][bias] > 0 and not _is_normalized(record, weight.layer, bias):
            sizes[i] = record["norm"][i] / record["norm"][bias] / np.sqrt(weight.shape[0])
    return sizes


def _is_normalized(record, layer, bias):
    """Whether the layer that comes next has no kernel."""
    after = [w for w in record.weights[bias + 1 :] if w.layer != layer][:2]
    return bool(after) and all(len(w.shape) < 2 for w in after)
