"""Something of ours in the place of something else, for as long as a block runs."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any


@contextlib.contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Sets an instance attribute behind the back of Keras' attribute tracking, and puts it back."""
    attributes = vars(owner)
    had, old = name in attributes, attributes.get(name)
    attributes[name] = value
    try:
        yield
    finally:
        if had:
            attributes[name] = old
        else:
            del attributes[name]


@contextlib.contextmanager
def wrapped(owner: Any, name: str, replacement: Callable) -> Iterator[None]:
    """Puts a function in the place of another one, which it gets as its first argument.

    It is called in this thread only: another thread may serve or train at the same time.
    """
    original, thread = vars(owner)[name], threading.get_ident()

    def call(*args, **kwargs):
        if threading.get_ident() != thread:
            return original(*args, **kwargs)
        return replacement(original, *args, **kwargs)

    setattr(owner, name, call)
    try:
        yield
    finally:
        setattr(owner, name, original)


@contextlib.contextmanager
def added(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Gives a class an attribute that it has not."""
    setattr(owner, name, value)
    try:
        yield
    finally:
        delattr(owner, name)
