"""How large gradients are beside each other, whatever the units of the loss and the input."""

import numpy as np

from keras_gradwatch.history import History


def kernels(history: History) -> np.ndarray:
    """Returns which weights are kernels: they have at least two axes.

    Other gradients may be rounding noise in a healthy model: a bias before a batch normalization
    and the bias of an attention key have no influence on the loss.
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
    """Returns the element scale over that of the second strongest layer, `[records, weights]`.

    The second, since one layer is often far above all others for a reason that is no fault: its
    input is not scaled. NaN where a gradient is 0 or not finite, and in a model of one layer.
    """
    scale = element_scale(history)
    names = [weight.layer for weight in history.weights]
    layers, place = np.unique(names, return_inverse=True)
    strength = np.zeros((len(scale), len(layers)))
    np.maximum.at(strength.T, place, np.nan_to_num(scale, posinf=0.0).T)
    if len(layers) < 2:
        return np.full_like(scale, np.nan)
    reference = np.sort(strength, axis=1)[:, -2:-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = scale / reference
    return np.where((scale > 0) & np.isfinite(ratio), ratio, np.nan)
