"""Custom gradients of PyTorch against finite differences, each on its own.

A hand-written backward pass is compared with the slope of its own forward pass, in float64 where
that runs. What is not the derivative on purpose is left alone: see `finite_differences`.
"""

import dataclasses
import inspect
from itertools import starmap
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from keras_gradwatch.backends.torch.calls import tensors_in
from keras_gradwatch.backends.torch.private import backward_of
from keras_gradwatch.backends.torch.recorder import Recorder
from keras_gradwatch.findings import Finding, Location
from keras_gradwatch.numeric.finite_differences import PRECISIONS, Probe
from keras_gradwatch.numeric.wrong_derivative import (
    MOST_CALLS,
    finding,
    numbers,
    unchecked_notes,
    weights_through,
)
from keras_gradwatch.recording import source
from keras_gradwatch.recording.graph import Operation
from keras_gradwatch.recording.returns import watch_return


@dataclasses.dataclass(frozen=True)
class Fault:
    """A custom gradient that is not the derivative of its forward pass.

    Args:
        inputs: The tensors whose gradients are wrong.
        location: The line that makes the wrong value.
        evidence: The numbers.
    """

    inputs: list[torch.Tensor]
    location: Location | None
    evidence: dict[str, Any]


def check_custom_gradients(model: Any, data: Any) -> tuple[list[Finding], list[str]]:
    """Compares every backward function of the user's with finite differences.

    Args:
        model: The compiled model.
        data: A batch as its `train_step` receives it.

    Returns:
        A finding for each backward function that gives a wrong gradient, and a sentence on what
        could not be checked.
    """
    recorder = Recorder(model)
    recording = recorder.run(data)
    calls = [call for call in starmap(CustomCall, recorder.custom_calls) if call.is_users]
    found: dict[Location | None, Finding] = {}
    unchecked: list[str] = []
    for call in calls[:MOST_CALLS]:
        try:
            wrong = fault(call)
        except Exception as error:  # It cannot run on its own.
            unchecked.append(f"{call.name} ({type(error).__name__})")
            continue
        if wrong is not None:
            below = [n for n in map(recording.number_of, wrong.inputs) if n is not None]
            weights = weights_through(recording, below)
            earlier = found[wrong.location].weights if wrong.location in found else ()
            found[wrong.location] = finding(
                call.name, call.operation, wrong.location, wrong.evidence, [*earlier, *weights]
            )
    return list(found.values()), unchecked_notes(len(calls), unchecked)


class CustomCall:
    """One call of a `torch.autograd.Function`, to be run again with other values.

    Args:
        function: The class.
        arguments: The positional arguments.
        operation: The call in the recording.
    """

    def __init__(self, function: Any, arguments: tuple, operation: Operation):
        self.function = function
        self.arguments = arguments
        self.operation = operation
        self.backward = operation.attributes["backward"]
        self.places = [
            place
            for place, argument in enumerate(arguments)
            if isinstance(argument, torch.Tensor) and argument.is_floating_point()
        ]

    @property
    def name(self) -> str:
        """Name of the backward function, with its class where it has one."""
        return self.backward.__qualname__.rpartition("<locals>.")[2]

    @property
    def is_users(self) -> bool:
        """Whether the backward pass is the user's own."""
        return source.is_users(inspect.unwrap(self.backward).__code__.co_filename)


def fault(call: CustomCall) -> Fault | None:
    """Returns what is wrong with a custom gradient, `None` where nothing is."""
    for precision in PRECISIONS:
        trial = _Trial(call, getattr(torch, precision.dtype))
        try:
            probe = Probe(trial.values(), trial.forward, trial.backward, precision)
        except RuntimeError:  # No kernel for this type.
            continue
        if probe.is_identity or probe.is_random:
            return None
        compared = {place: probe.compare(i) for i, place in enumerate(call.places)}
        jumps = [probe.jumps(i) for i, _ in enumerate(call.places)]
        wrong = [
            p for p, j in zip(call.places, jumps, strict=True) if compared[p].is_wrong and not j
        ]
        if not wrong:
            return None
        worst = max((compared[place] for place in wrong), key=lambda c: c.error)
        inputs = [call.arguments[place] for place in wrong]
        return Fault(inputs, trial.line_of(wrong), numbers(worst))
    return None


class _Trial:
    """The forward and the backward pass of one call, as functions of NumPy arrays."""

    def __init__(self, call: CustomCall, dtype: torch.dtype):
        self._call = call
        self._dtype = dtype
        self._lines = _Lines()
        self._returned: tuple = ()
        self._line: Location | None = None

    def values(self) -> list[np.ndarray]:
        """The values of the inputs in the step."""
        tensors = [self._call.arguments[place] for place in self._call.places]
        return [tensor.detach().double().cpu().numpy() for tensor in tensors]

    def forward(self, values: list[np.ndarray]) -> list[np.ndarray]:
        """The results for some values."""
        with torch.no_grad():
            made = self._run(values)
        return [tensor.cpu().numpy() for tensor in made if tensor.is_floating_point()]

    def backward(self, values: list[np.ndarray], passed: list[np.ndarray]) -> list[np.ndarray]:
        """The gradient of each input, for some values and gradients from above."""
        made, above = self._run(values), iter(passed)
        grads = [self._tensor(next(above), t) if t.is_floating_point() else None for t in made]
        node = next(t.grad_fn for t in made if t.grad_fn is not None)

        def run():
            with torch.no_grad(), self._lines:
                return backward_of(node, grads)

        returned, self._line = watch_return(self._call.backward, run)
        self._returned = returned if isinstance(returned, tuple) else (returned,)
        gradients = [self._returned[place] for place in self._call.places]
        return [
            np.zeros(value.shape) if gradient is None else gradient.detach().cpu().numpy()
            for gradient, value in zip(gradients, values, strict=True)
        ]

    def line_of(self, wrong: list[int]) -> Location | None:
        """The line that makes the gradients of some arguments, and of no others."""
        others = [g for place, g in enumerate(self._returned) if place not in wrong]
        return self._lines.origin([self._returned[place] for place in wrong], others) or self._line

    def _run(self, values) -> list[torch.Tensor]:
        arguments = [self._converted(argument) for argument in self._call.arguments]
        for place, value in zip(self._call.places, values, strict=True):
            arguments[place] = self._tensor(value, arguments[place]).requires_grad_()
        return tensors_in((self._call.function.apply(*arguments),))

    def _converted(self, argument):
        if not isinstance(argument, torch.Tensor):
            return argument
        argument = argument.detach()
        return argument.to(self._dtype) if argument.is_floating_point() else argument

    def _tensor(self, value, like) -> torch.Tensor:
        return torch.tensor(value, dtype=self._dtype, device=like.device)


class _Lines(TorchFunctionMode):
    """Notes on which line of the user's each tensor is made, and from which others."""

    def __init__(self):
        super().__init__()
        self._locations: list[Location | None] = []
        self._parents: list[set[int]] = []
        self._makers: dict[int, int] = {}
        self._tensors: list[torch.Tensor] = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        makers = [self._makers.get(id(tensor)) for tensor in tensors_in((args, kwargs))]
        self._parents.append({maker for maker in makers if maker is not None})
        self._locations.append(next(iter(source.lines()), None))
        for tensor in tensors_in(result):
            self._makers[id(tensor)] = len(self._parents) - 1
            self._tensors.append(tensor)  # So that its `id` stays its own.
        return result

    def origin(self, wrong: list[Any], right: list[Any]) -> Location | None:
        """The last line that all wrong values share and no right one uses."""
        shared = set.intersection(*map(self._ancestors, wrong))
        blamed = shared.difference(*map(self._ancestors, right))
        last = max(blamed or self._ancestors(wrong[0]), default=None)
        return None if last is None else self._locations[last]

    def _ancestors(self, tensor) -> set[int]:
        waiting, found = [self._makers.get(id(tensor))], set()
        while waiting:
            maker = waiting.pop()
            if maker is not None and maker not in found:
                found.add(maker)
                waiting += self._parents[maker]
        return found
