"""What a run is, for those who read its log later: the model, the versions, the settings."""

import importlib.metadata
import platform
from typing import Any

import keras

import keras_gradwatch


def about(model: str, settings: dict[str, Any]) -> dict[str, str]:
    """Returns what a report says of a run above its findings.

    Args:
        model: Name of the model.
        settings: The arguments of the `GradientWatch`.
    """
    backend = keras.config.backend()
    return {
        "model": model,
        "settings": ", ".join(f"{name}={_short(value)}" for name, value in settings.items()),
        "versions": f"keras_gradwatch {keras_gradwatch.__version__}, keras {keras.__version__}, "
        f"{backend} {_version(backend)}, Python {platform.python_version()}",
    }


def _short(value):
    """Rules and functions by their names: their addresses say nothing to a reader."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(_short(item) for item in value)}]"
    return getattr(value, "__name__", None) or f"{value!r:.200}"


def _version(distribution):
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:  # Built from source under another name.
        return "of unknown version"
