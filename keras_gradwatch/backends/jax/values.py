"""The values of one step, by number."""

from typing import Any

import jax
import numpy as np

from keras_gradwatch.backends.jax.derivatives import is_float
from keras_gradwatch.backends.jax.equations import as_typed

_BYTES_OF_A_KEY = 8


class Values:
    """The values of one step: arrays, with their shapes and types.

    Attributes:
        arrays: The array of each value, `None` until it is computed.
        avals: Its shape and type.
        fixed: Numbers of the values that are made of constants alone.
        moving: Numbers of the values that depend on a weight.
        size: Bytes of all arrays.
    """

    def __init__(self):
        self.arrays: list[Any] = []
        self.avals: list[Any] = []
        self.fixed: set[int] = set()
        self.moving: set[int] = set()
        self._constants: dict[int, tuple[Any, int]] = {}
        self.size = 0

    def add(self, array: Any, aval: Any = None) -> int:
        """Adds a value, and returns its number.

        Args:
            array: The array, `None` where it is computed later.
            aval: Its shape and type, where there is no array.
        """
        aval = jax.typeof(array) if aval is None else aval
        self.arrays.append(array)
        self.avals.append(aval)
        self.size += aval.size * getattr(aval.dtype, "itemsize", _BYTES_OF_A_KEY)
        return len(self.arrays) - 1

    def constant(self, value: Any, aval: Any) -> int:
        """Returns the number of a constant, which is the same wherever it is used."""
        if id(value) not in self._constants:
            number = self.add(as_typed(value, aval), aval)
            self._constants[id(value)] = (value, number)
            self.fixed.add(number)
        return self._constants[id(value)][1]

    def name_constant(self, value: Any, number: int) -> None:
        """Says which value an array is, where a jaxpr holds it as a constant."""
        self._constants[id(value)] = (value, number)

    def number_of_constant(self, value: Any) -> int | None:
        """Returns the number of a constant, `None` where the step has not read it."""
        return self._constants.get(id(value), (None, None))[1]

    def is_float(self, number: int) -> bool:
        """Whether a value is of a floating-point type."""
        return is_float(self.avals[number])

    def to_numpy(self, number: int) -> np.ndarray | None:
        """The array of a floating-point value, `None` for any other."""
        return to_numpy(self.arrays[number]) if self.is_float(number) else None


def to_numpy(array: Any) -> np.ndarray | None:
    """An array in a type that NumPy can sum, `None` for none."""
    if array is None:
        return None
    array = np.asarray(array)
    return array.astype("float32") if array.dtype.itemsize < 4 else array
