"""The backward passes of a step: which losses, which weights, which gradients."""

import functools
from typing import Any

import torch

from keras_gradwatch.backends.torch.autograd import Autograd
from keras_gradwatch.backends.torch.calls import Differentiation
from keras_gradwatch.backends.torch.values import Values, as_array
from keras_gradwatch.recording.graph import Backward, Operation


class Pass:
    """One backward pass, and the gradients that it gives.

    Args:
        losses: Numbers of the values that are differentiated.
        weights: Numbers of the weights that it is for, as far as the call names them.
    """

    def __init__(self, losses: list[int], weights: list[int]):
        self.losses = losses
        self.weights = weights
        self.gradients: dict[int, torch.Tensor] = {}
        self.error: Exception | None = None
        self.last: int | None = None

    def take(self, number: int, gradient: torch.Tensor | None) -> None:
        """Notes the gradient of a value, which may come in parts: of each version of a view."""
        self.last = number
        if gradient is not None:
            # The tensor itself, no alias: autograd would go on to add in place to what we keep.
            known = self.gradients.get(number)
            self.gradients[number] = gradient if known is None else known + gradient

    def maker_of_error(self, operations: list[Operation]) -> Operation | None:
        """Returns the operation that raised: it made the last value that got a gradient."""
        return next((o for o in reversed(operations) if self.last in o.outputs), None)


class Passes:
    """Runs the user's backward passes, and finds out for which weights they are.

    `backward` names no weights: an optimizer does, when it is asked to apply their gradients.

    Args:
        values: The values of the step.
        autograd: What takes the gradients.
    """

    def __init__(self, values: Values, autograd: Autograd):
        self.error: Exception | None = None
        self._values = values
        self._autograd = autograd
        self._passes: list[Pass] = []
        self._latest: list[Pass] = []

    def run(self, asked: Differentiation, losses: list[int], sources: list[int]) -> Any:
        """Runs a backward pass; while it does, hooks take the gradient at each value.

        Args:
            asked: The user's call.
            losses: Numbers of what is differentiated.
            sources: Numbers of what it is differentiated for.
        """
        running = Pass(losses, [number for number in sources if number in self._values.variables])
        if running.weights or not sources:
            self._passes.append(running)
        self._autograd.running = running
        try:
            result = self._result(asked)
            if asked.frees_graph:
                self._autograd.free(running.gradients)
            return result
        except Exception as error:
            running.error = error
            raise
        finally:
            self._autograd.running = None

    def assign(self, weights: list[int]) -> None:
        """Notes the weights of an optimizer: the passes that nobody took yet are for them.

        Where there is none, a second optimizer takes other weights of the same passes.
        """
        fresh = [each for each in self._passes if not each.weights]
        if fresh:
            self._latest = fresh
        else:
            known = {number for each in self._passes for number in each.weights}
            weights = [number for number in weights if number not in known]
        for each in self._latest:
            each.weights = list(dict.fromkeys([*each.weights, *weights]))

    def finished(
        self, operations: list[Operation], paths: dict[int, str], trainable: list[int]
    ) -> list[Backward]:
        """Returns the passes for the diagnosis.

        Args:
            operations: The operations of the step.
            paths: The path of each weight, by its number.
            trainable: Numbers of the weights for which a pass is that nobody took.
        """
        return [self._finished(each, operations, paths, trainable) for each in self._passes]

    def _finished(self, each, operations, paths, trainable) -> Backward:
        weights = each.weights or trainable
        failed = None if each.error is None else (each.maker_of_error(operations), each.error)
        return Backward(
            losses=tuple(each.losses),
            weights=tuple(weights),
            paths=tuple(paths.get(number) for number in weights),
            gradient_of=_reader(each.gradients),
            pull=lambda number, seed: _reader(self._autograd.pull(number, seed)),
            failed=failed,
        )

    def _result(self, asked):
        if not any(tensor.requires_grad for tensor in asked.losses):
            return self._of_constant(asked)
        if not asked.sources:
            return asked.run()
        # Autograd goes only where a source is, and the values behind a cut are none of the user's.
        result = asked.run_for([*asked.sources, *self._autograd.opened])
        if not asked.returns_gradients:
            return None
        result = result[: len(asked.sources)]
        if not asked.allows_unused and any(gradient is None for gradient in result):
            self._note(RuntimeError("One of the differentiated tensors was not used in the graph"))
        return result

    def _of_constant(self, asked):
        """Goes on behind a backward pass that raises, to see for which weights it was."""
        try:
            return asked.run()
        except RuntimeError as error:
            self._note(error)
        return (None,) * len(asked.sources) if asked.returns_gradients else None

    def _note(self, error):
        self.error = self.error or error


def _reader(gradients):
    return functools.cache(lambda number: _array(gradients.get(number)))


def _array(gradient):
    return None if gradient is None else as_array(gradient)
