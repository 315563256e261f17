"""The frameworks that Keras runs on: one folder each, with the names of `base.Backend`.

This is the only file that asks Keras for its backend.
"""

import functools
import importlib
from typing import cast

import keras

from keras_gradwatch.backends.base import Backend


def backend() -> Backend:
    """Returns the module of the backend that Keras runs on.

    Raises:
        NotImplementedError: If there is none for it.
    """
    return _imported(keras.backend.backend())


@functools.cache
def _imported(name: str) -> Backend:
    try:
        return cast(Backend, importlib.import_module(f"keras_gradwatch.backends.{name}"))
    except ModuleNotFoundError as error:
        if error.name != f"keras_gradwatch.backends.{name}":
            raise
        raise NotImplementedError(
            "keras_gradwatch runs on the backends tensorflow, jax and torch. "
            f"Received: backend={name!r}"
        ) from None
