"""The tab Gradients of TensorBoard."""

from keras_gradwatch.plugin.server import GradientsPlugin

__all__ = ["GradientsPlugin"]
