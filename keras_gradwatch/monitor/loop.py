"""A training loop of the user's own: its updates are sampled as `fit` has its batches sampled."""

import contextlib
import itertools
from collections.abc import Callable, Iterator

import keras

from keras_gradwatch.backends import backend
from keras_gradwatch.backends.patching import replaced
from keras_gradwatch.step.observed_call import take_back

NOTHING_SEEN = (
    "saw no update in this loop: train with `model.train_on_batch`, or name the optimizer, "
    "`watching(model, optimizer)`, and call its `apply` outside of a compiled function"
)


def check(model, optimizers) -> None:
    """Checks the arguments of `watching`.

    Raises:
        ValueError: If they are no Keras model and no Keras optimizers.
    """
    if not isinstance(model, keras.Model):
        raise ValueError(f"`model` must be a Keras model. Received: model={model!r}")
    for optimizer in optimizers:
        if not isinstance(optimizer, keras.optimizers.Optimizer):
            raise ValueError(
                "`optimizers` must be Keras optimizers, whose `apply` can be seen. "
                f"Received: {optimizer!r}"
            )


class Loop:
    """The calls that train a model in a loop: `train_on_batch`, and `apply` of optimizers.

    Args:
        begin_batch: Is called before each `train_on_batch` with its number.
        update: Makes each call of `apply`: is given its number, the optimizer, the method and the
            arguments.
    """

    def __init__(self, begin_batch: Callable, update: Callable):
        self._begin_batch = begin_batch
        self._update = update
        self._is_inside = False

    @contextlib.contextmanager
    def observed(self, model, optimizers) -> Iterator[None]:
        """Observes the calls as long as the context lasts.

        Args:
            model: The model.
            optimizers: The optimizers.
        """
        with contextlib.ExitStack() as stack:
            stack.callback(take_back, model)
            stack.enter_context(replaced(model, "train_on_batch", self._batches_of(model)))
            for optimizer in optimizers:
                stack.enter_context(replaced(optimizer, "apply", self._updates_of(optimizer)))
            yield

    def _batches_of(self, model):
        train_on_batch, numbers = model.train_on_batch, itertools.count()

        def observed_batch(*args, **kwargs):
            if model.train_function is None:
                model.make_train_function()
            self._begin_batch(next(numbers))
            with self._inside():  # It calls `apply`, which must not be counted again.
                return train_on_batch(*args, **kwargs)

        return observed_batch

    def _updates_of(self, optimizer):
        apply, numbers, graph = optimizer.apply, itertools.count(), backend().current_graph()

        def observed_apply(grads, *args, **kwargs):
            if self._is_inside:
                return apply(grads, *args, **kwargs)
            grads = list(grads)  # An iterator would be used up.
            if backend().current_graph() is not graph or backend().is_traced((grads,)):
                return apply(grads, *args, **kwargs)
            with self._inside():
                return self._update(next(numbers), optimizer, apply, grads, *args, **kwargs)

        return observed_apply

    @contextlib.contextmanager
    def _inside(self):
        self._is_inside = True
        try:
            yield
        finally:
            self._is_inside = False
