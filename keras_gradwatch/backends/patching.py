"""Something of ours in the place of something else, for as long as a block runs."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any


@contextlib.contextmanager
def all_replaced(attributes: list[tuple[Any, str, Any]]) -> Iterator[None]:
    """Sets instance attributes behind the back of Keras' attribute tracking, and puts them back.

    Args:
        attributes: For each its owner, its name, and what it is meanwhile.
    """
    before = [(vars(owner), name, vars(owner).get(name, _NONE)) for owner, name, _ in attributes]
    for owner, name, value in attributes:
        vars(owner)[name] = value
    try:
        yield
    finally:
        for values, name, value in reversed(before):
            if value is _NONE:
                values.pop(name, None)  # It may stand in the list twice.
            else:
                values[name] = value


_NONE = object()


def replaced(owner: Any, name: str, value: Any) -> Any:
    """Sets one instance attribute as `all_replaced` does."""
    return all_replaced([(owner, name, value)])


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
