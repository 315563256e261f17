"""The gradient at every value, taken by hooks while the user's own backward pass runs."""

import functools
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch.autograd.graph import get_gradient_edge

from keras_gradwatch.backends.torch.calls import is_float
from keras_gradwatch.backends.torch.private import base_of, is_view, keep_version
from keras_gradwatch.backends.torch.values import Values


class Autograd:
    """Follows what depends on weights, and lets the gradient reach what lies behind a cut.

    A value that depends on a weight and does not ask for a gradient is behind a cut. It is opened
    when it is read: made a leaf, so that it gets the gradient that the cut keeps from the weight.
    The user's code does not see it, and it is closed in the end.

    Args:
        values: The values of the step.
    """

    def __init__(self, values: Values):
        self.running: Any = None
        """The `Pass` that takes the gradients now."""
        self._values = values
        self._depending: set[int] = set()
        self._asking: set[int] = set()
        self._opened: dict[int, torch.Tensor] = {}
        self._leaves: list[torch.Tensor] = []
        self._hooked: dict[int, Any] = {}
        self._edges: dict[int, Any] = {}
        self._freed: set[Any] = set()
        self._numbers: dict[Any, list[int]] = {}
        self._handles: list[Any] = []

    def depends(self, number: int | None) -> bool:
        """Whether a value depends on a weight."""
        return number in self._depending

    def asks(self, tensor: torch.Tensor) -> bool:
        """Whether a tensor asks for a gradient without our help."""
        if tensor.is_leaf and is_view(tensor):  # Made under `no_grad`: it answers for its base.
            tensor = base_of(tensor)
        if tensor.is_leaf:
            return tensor.requires_grad and id(tensor) not in self._opened
        number = self._values.number_of(tensor)
        return tensor.requires_grad and (number is None or number in self._asking)

    def read(self, tensor: torch.Tensor) -> int:
        """Returns the number of a value that an operation reads."""
        number = self._values.number(tensor)
        if tensor.is_leaf and self.asks(tensor):
            self._asking.add(number)
            self._depending.add(number)
        self.hook(number, tensor)
        return number

    def made(self, number: int, tensor: torch.Tensor, inputs: list[int]) -> None:
        """Notes a value that an operation made of others."""
        depends = not self._depending.isdisjoint(inputs)
        if depends:
            self._depending.add(number)
        if not torch.is_grad_enabled():
            return
        if tensor.requires_grad and (not depends or not self._asking.isdisjoint(inputs)):
            self._asking.add(number)
        self.hook(number, tensor)

    def hook(self, number: int, tensor: torch.Tensor) -> None:
        """Takes the gradient at a value; a view has a new node when its base was written to."""
        if not tensor.requires_grad or not is_float(tensor):
            return
        node = tensor.grad_fn
        if self._hooked.get(number, self) is not node:
            self._hooked[number] = node
            self._edges[number] = get_gradient_edge(tensor)
            self._handles.append(tensor.register_hook(functools.partial(self._take, number)))
            if node is not None:
                self._numbers.setdefault(node, []).append(number)

    def _take(self, number, gradient):
        if self.running is None:
            return
        if self._hooked[number] in self._freed and _saves(self._hooked[number]):
            raise RuntimeError(_FREED)
        self.running.take(number, gradient)

    def free(self, numbers: Iterable[int]) -> None:
        """Lets a second pass through what made these values raise, as it does without us."""
        self._freed.update(self._hooked[number] for number in numbers)

    def pull(self, number: int, gradient: np.ndarray) -> dict[int, torch.Tensor | None]:
        """Takes a gradient that is put in at a value back from there.

        Args:
            number: Number of the value.
            gradient: The gradient, of its shape.

        Returns:
            The gradient at each value, by number.
        """
        tensor = self._values.tensors[number]
        seed = torch.as_tensor(gradient).to(tensor.device, tensor.dtype)
        edges = {n: edge for n, edge in self._edges.items() if n != number}
        found = torch.autograd.grad(
            [self._edges[number]],
            list(edges.values()),
            [seed],
            retain_graph=True,
            allow_unused=True,
        )
        return dict(zip(edges, found, strict=True)) | {number: seed}

    def known_at(self, node: Any) -> list[int]:
        """Returns the numbers of the values that a node of autograd made."""
        return self._numbers.get(node, [])

    # Behind a cut.

    @property
    def opened(self) -> list[torch.Tensor]:
        """The leaves that were made so that values behind a cut have a gradient."""
        return [tensor for tensor in self._leaves if tensor.is_leaf]

    def open(self, tensor: torch.Tensor) -> None:
        """Opens a value behind a cut, if it is one, before an operation reads or changes it."""
        if not self._is_closed(tensor):
            return
        leaf = (
            tensor.requires_grad_(True) if self._has_deaf_views(tensor) else _made_of_leaf(tensor)
        )
        self._opened[id(tensor)] = tensor
        self._leaves.append(leaf)

    def _is_closed(self, tensor) -> bool:
        # A view made under `no_grad` says that it asks for a gradient because its base does.
        closed = not tensor.requires_grad or (tensor.is_leaf and is_view(tensor))
        return (
            closed
            and id(tensor) not in self._opened
            and torch.is_grad_enabled()
            and not tensor.is_inference()
            and is_float(tensor)
            and self._values.number_of(tensor) in self._depending
        )

    def _has_deaf_views(self, tensor) -> bool:
        """Whether a view of it was made under `no_grad`: its base must be a leaf then."""
        sharing = self._values.overlapping(tensor)
        return any(other.is_leaf and is_view(other) for other in sharing)

    def close(self, tensor: torch.Tensor) -> None:
        """Makes a value what it was, before the user's code sets whether it asks for a gradient."""
        if self._opened.pop(id(tensor), None) is not None:
            _close(tensor)

    def finish(self) -> None:
        """Makes tensors that the user's code has kept what they would be without us."""
        for handle in self._handles:
            handle.remove()
        for tensor in self._opened.values():
            _close(tensor)
        for number in self._hooked:
            tensor = self._values.tensors[number]
            is_now = self._values.number_of(tensor) == number
            if is_now and not tensor.is_leaf and not self.asks(tensor):
                _close(tensor)


_FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after "
    "they have already been freed)."
)


def _saves(node) -> bool:
    """Whether a node of autograd keeps tensors for its backward pass."""
    return any(name.startswith("_saved_") for name in dir(node))


def _made_of_leaf(tensor) -> torch.Tensor:
    """Makes a tensor the sum of itself and a leaf: unlike a leaf, it can still be written to."""
    leaf = torch.full((), -0.0, dtype=tensor.dtype, device=tensor.device, requires_grad=True)
    try:
        with keep_version(tensor):
            tensor.add_(leaf)  # Adding -0.0 changes no bit.
        return leaf
    except RuntimeError:  # Its elements share memory.
        return tensor.requires_grad_(True)


def _close(tensor) -> None:
    if tensor.is_leaf:
        tensor.grad = None
        tensor.requires_grad_(False)
    elif not is_view(tensor):
        tensor.detach_()
