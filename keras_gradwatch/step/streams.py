"""Random operations that have a stream of their own in each compiled function."""

from collections.abc import Callable
from typing import Any

from keras_gradwatch.backends import backend
from keras_gradwatch.backends.base import Draws

TWICE = (
    "a sampled batch runs once more for its statistics, with other random numbers than it is "
    "trained with: {} draws from a stream of its own in each compiled function; `keras.random` "
    "with a `SeedGenerator` does not"
)
ALL_ALONG = (
    "{} draws from a stream of its own in each compiled function: the random numbers are those of "
    "a training without the watch only where the watch is there from the first batch on"
)
APART = (
    "{} draws from a stream of its own in each compiled function: with several replicas a sampled "
    "batch is trained with other random numbers than without the watch"
)


class Streams:
    """The random operations of the observed functions of one model, each looked at once.

    Args:
        model: The model.
        is_guarded: Whether each batch is observed, sampled or not.
        note: Is called with a sentence where a training may draw other numbers.
    """

    def __init__(self, model, is_guarded: bool, note: Callable[[str], None]):
        self._model = model
        self._is_guarded = is_guarded
        self._note = note
        self._found: dict[Callable, Draws | None] = {}

    @property
    def places(self) -> tuple[str, ...]:
        """The operations, with their lines."""
        found = (draws for draws in self._found.values() if draws)
        return tuple(dict.fromkeys(place for draws in found for place in draws.places))

    @property
    def are_rehearsed(self) -> bool:
        """Whether a function with such operations runs for its statistics, and is undone."""
        return not self._is_guarded and not backend().has_replicas(self._model)

    def clear(self) -> None:
        """Forgets the functions: the model has been compiled again."""
        self._found.clear()

    def run(self, twin: Callable, args: tuple, tried: Callable) -> tuple[Any, tuple | None]:
        """Runs an observed function on the next batch.

        Args:
            twin: The function.
            args: What `fit` passes to its train function.
            tried: Calls a function of ours, and gives `None` where that fails.

        Returns:
            The outputs; and what Keras' own function is to be given now, `None` where the observed
            one has trained.
        """
        if twin not in self._found:
            self._found[twin] = None
            graph, args = backend().traced(self._model, twin, args)
            self._found[twin] = tried(self._look, graph)
        draws = self._found[twin]
        if draws is None or not self.are_rehearsed:
            return twin(*args), None
        return draws.rehearse(twin, args, tried)

    def _look(self, graph):
        """Looks for such operations in the graph of a function."""
        draws = None if graph is None else backend().draws(self._model, graph)
        if draws and not self.are_rehearsed:
            text = APART if backend().has_replicas(self._model) else ALL_ALONG
            self._note(text.format(", ".join(draws.places)))
        return draws
