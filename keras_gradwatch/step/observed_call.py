"""Stands in for the train function of a model, for one call."""

from collections.abc import Callable
from typing import Any

from keras_gradwatch.tracebacks import without_ours


class ObservedCall:
    """Stands in for the train function until it is called, which puts the old one back.

    Args:
        model: The model.
        call: Is called with the old train function and what `fit` passes to it.
    """

    def __init__(self, model, call: Callable):
        self._attributes: dict[str, Any] = model.__dict__
        self.train_function = model.train_function
        self._call = call

    def install(self) -> None:
        """Takes the place of the train function."""
        self._attributes["train_function"] = self

    def take_back(self) -> None:
        """Gives the train function its place back."""
        self._attributes["train_function"] = self.train_function

    def __call__(self, *args):
        self.take_back()
        try:
            return self._call(self.train_function, *args)
        except BaseException as error:
            raise without_ours(error)  # noqa: B904 - it is the same one


def take_back(model) -> None:
    """Gives the train function its place back, where a call that raised has left ours in it."""
    left_behind = vars(model).get("train_function")
    if isinstance(left_behind, ObservedCall):
        left_behind.take_back()
