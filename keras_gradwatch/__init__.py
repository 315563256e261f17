"""Watch the gradients of a Keras model, and learn why one is missing.

Importing this package loads no framework: the public names are loaded when they are used.
"""

import importlib

__version__ = "0.1.0"

_HOME = {
    "Diagnosis": "keras_gradwatch.diagnosis",
    "Finding": "keras_gradwatch.findings",
    "GradientError": "keras_gradwatch.findings",
    "GradientWarning": "keras_gradwatch.findings",
    "GradientWatch": "keras_gradwatch.callback",
    "Location": "keras_gradwatch.findings",
    "Output": "keras_gradwatch.outputs.output",
    "default_rules": "keras_gradwatch.rules",
    "diagnose": "keras_gradwatch.diagnosis",
    "plot": "keras_gradwatch.views.plot",
    "report": "keras_gradwatch.views.report",
}
__all__ = sorted(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module 'keras_gradwatch' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__():
    return [*__all__, "__version__"]
