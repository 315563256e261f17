"""How large gradients are beside each other, whatever the units of the loss and the input."""

import numpy as np

from keras_gradwatch.history import History


def kernels(history: History) -> np.ndarray:
    """Returns which weights are kernels: they have at least two axes.

    The gradient of a bias may be 0, or rounding noise, in a healthy model: before a batch
    normalization, a softmax or a difference it has no influence on the loss.
    """
    return np.array([len(weight.shape) > 1 for weight in history.weights], bool)


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
