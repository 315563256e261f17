"""Where the calls of a step go through: functions of PyTorch, and the user's own ones."""

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from keras_gradwatch.backends.torch.calls import Call


class Mode(TorchFunctionMode):
    """Gives each call of a function of PyTorch to another function, in this thread.

    It is off in the meantime, so that what is made of several functions is seen as a whole.

    Args:
        see: Gets the `Call`, and returns its result.
    """

    def __init__(self, see: Callable[[Call], Any]):
        super().__init__()
        self._see = see

    def __torch_function__(self, func, types, args=(), kwargs=None):
        return self._see(Call(func, args, kwargs or {}))


@contextlib.contextmanager
def replaced_apply(replacement: Callable) -> Iterator[None]:
    """Puts a function in the place of `torch.autograd.Function.apply`, which no mode sees.

    Args:
        replacement: Gets the class, the original `apply` of it and the arguments. It is called in
            this thread only.
    """
    original, thread = vars(torch.autograd.Function)["apply"], threading.get_ident()

    def apply(cls, *args, **kwargs):
        call = functools.partial(original.__func__, cls)
        if threading.get_ident() != thread:
            return call(*args, **kwargs)
        return replacement(cls, call, args, kwargs)

    torch.autograd.Function.apply = classmethod(apply)
    try:
        yield
    finally:
        torch.autograd.Function.apply = original
