"""The values of a step by number: a tensor that is written to becomes another value."""

import itertools
from typing import Any

import numpy as np
import torch

from keras_gradwatch.backends.torch.calls import is_float


class Values:
    """Numbers the tensors of a step, and keeps their content.

    A tensor lives as long as this does, so that no two ever have one number.
    """

    def __init__(self):
        self.tensors: dict[int, torch.Tensor] = {}
        self.variables: dict[int, torch.Tensor] = {}
        self.size = 0
        """Bytes of the memory that the tensors hold, and of the copies."""
        self._count = itertools.count()
        self._numbers: dict[int, int] = {}
        self._kept: dict[int, torch.Tensor] = {}
        self._sharing: dict[int, list[torch.Tensor]] = {}
        self._made: set[int] = set()
        self._arrays: dict[int, np.ndarray] = {}

    def number_of(self, tensor: Any) -> int | None:
        """Returns the number of a tensor or a Keras variable, `None` for one that was not seen."""
        return self._numbers.get(id(getattr(tensor, "_value", tensor)))

    def number(self, tensor: torch.Tensor) -> int:
        """Returns the number of a tensor, a new one where it has none."""
        if id(tensor) not in self._numbers:
            number = next(self._count)
            self._numbers[id(tensor)] = number
            self.tensors[number] = tensor
            sharing = self._sharing.setdefault(_address(tensor), [])
            if not sharing:
                self.size += tensor.numel() * tensor.element_size()
            if all(tensor is not other for other in sharing):
                sharing.append(tensor)
        return self._numbers[id(tensor)]

    def make(self, tensor: torch.Tensor) -> int:
        """Returns the number of a tensor that an operation of the step made."""
        if _address(tensor) not in self._sharing:
            self._made.add(_address(tensor))
        return self.number(tensor)

    def is_made(self, tensor: torch.Tensor) -> bool:
        """Whether the memory of a tensor was made during the step."""
        return _address(tensor) in self._made

    def forget(self, tensor: torch.Tensor) -> None:
        """Lets a tensor have a new number: it has new content, or another maker."""
        self._numbers.pop(id(tensor), None)

    def add_variable(self, tensor: torch.Tensor) -> int:
        """Returns the number of the tensor of a variable, which keeps it when it is written."""
        number = self.number(tensor)
        self.variables[number] = tensor
        return number

    def overlapping(self, region: torch.Tensor) -> list[torch.Tensor]:
        """Returns the tensors that share elements with one, as far as their bounds show."""
        first, last = _bounds(region)
        sharing = self._sharing.get(_address(region), [])
        bounds = ((tensor, *_bounds(tensor)) for tensor in sharing)
        return [tensor for tensor, start, end in bounds if start < last and first < end]

    def variables_in(self, region: torch.Tensor) -> list[int]:
        """Returns the numbers of the variables that share elements with a tensor."""
        numbers = map(self.number, self.overlapping(region))
        return [number for number in numbers if number in self.variables]

    def keep_overlapping(self, region: torch.Tensor) -> list[torch.Tensor]:
        """Copies the content of all values, but variables, that a write to a region changes.

        Returns:
            The tensors of these values.
        """
        tensors = [t for t in self.overlapping(region) if self.number(t) not in self.variables]
        for tensor in filter(is_float, tensors):
            if self.number(tensor) not in self._kept:
                self._kept[self.number(tensor)] = tensor.detach().clone()
                self.size += tensor.numel() * tensor.element_size()
        return tensors

    def is_float(self, number: int) -> bool:
        """Whether a value is of a floating-point type."""
        return number in self.tensors and is_float(self.tensors[number])

    def array(self, number: int) -> np.ndarray | None:
        """Returns a value as an array, `None` where it is of another type."""
        if number not in self._arrays and self.is_float(number):
            self._arrays[number] = as_array(self._kept.get(number, self.tensors[number]))
        return self._arrays.get(number)


def as_array(tensor: torch.Tensor) -> np.ndarray:
    """Returns a tensor as NumPy, in a type that NumPy can sum."""
    tensor = tensor.detach()
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    if tensor.is_floating_point() and tensor.element_size() < 4:
        tensor = tensor.float()
    return tensor.cpu().resolve_conj().resolve_neg().numpy()


def _address(tensor) -> int:
    """Where the memory of a tensor begins: views share it."""
    try:
        return tensor.untyped_storage().data_ptr() or id(tensor)
    except (NotImplementedError, RuntimeError):  # Sparse, and others without a storage.
        return id(tensor)


def _bounds(tensor) -> tuple[int, int]:
    """The first byte of a tensor in its storage, and the one after the last."""
    if not tensor.numel():
        return 0, 0
    if tensor.layout != torch.strided:
        return 0, 1
    steps = zip(tensor.shape, tensor.stride(), strict=True)
    first = tensor.storage_offset()
    last = first + sum((size - 1) * stride for size, stride in steps) + 1
    return first * tensor.element_size(), last * tensor.element_size()
