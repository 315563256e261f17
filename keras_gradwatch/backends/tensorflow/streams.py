"""Random operations whose place in their stream no variable holds: `tf.random`, `tf.nn.dropout`.

Each compiled function has a stream of its own for each of them. The observed function cannot go on
where Keras' own one is, and cannot move it on. So it runs for its statistics, what it wrote is
undone, and Keras' own function trains on the same batch.
"""

import contextlib
import functools
import inspect
import itertools
import linecache
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from keras_gradwatch.backends.tensorflow.private import UnliftableError
from keras_gradwatch.backends.tensorflow.step import restore, snapshot_of
from keras_gradwatch.recording import source

_ITERATORS = (tf.data.Iterator, tf.distribute.DistributedIterator)
WHOLE, ONE_STEP = "multi_step_on_iterator", "one_step_on_data"
"""The functions of Keras that its train function calls."""


class Draws:
    """The seeded random operations of an observed function.

    Without a seed they give other numbers in each training, and are not among them.

    Args:
        places: The name of each operation, and its line.
        variables: All variables that the function reads or writes.
        steps: How many batches one call trains on.
    """

    def __init__(self, places: tuple[str, ...], variables: list, steps: int):
        self.places = places
        self._variables = variables
        self._steps = steps

    def rehearse(self, twin: Callable, args: tuple, tried: Callable) -> tuple[Any, tuple | None]:
        """Runs the observed function on the next batches, and undoes what it wrote.

        Args:
            twin: The observed function.
            args: What `fit` passes to its train function.
            tried: Calls a function of ours, and gives `None` where that fails.

        Returns:
            The outputs; and what Keras' own function is to be given now, `None` where the observed
            one has trained.
        """
        batches = list(itertools.islice(args[0], self._steps))
        if not batches:  # The data has ended, and says so again.
            return twin(*args), None
        first, second = tried(_twice, batches, args[0]) or (batches, batches)
        before = tried(snapshot_of, self._variables)
        outputs = twin(first)
        is_undone = before is not None and tried(_is_undone, before)
        return outputs, (second,) if is_undone else None


def traced(model: Any, twin: Callable, args: tuple) -> tuple[Any, tuple]:
    """Traces an observed function before it runs.

    Args:
        model: The model.
        twin: The function, as Keras makes it.
        args: What `fit` passes to its train function.

    Returns:
        Its graph, `None` where there are no streams to look for: eagerly there is one for the
        process, and XLA takes no seed. And the arguments, which may have been read once.

    Raises:
        Exception: What the train step raises. A second attempt may raise something else.
    """
    if model.run_eagerly or model.jit_compile:
        return None, args
    if not isinstance(args[0], _ITERATORS):  # `train_on_batch` has a generator.
        args = (list(itertools.islice(args[0], model.steps_per_execution)),)
    function = data = None
    with contextlib.suppress(Exception):
        function, data = _compiled_part(twin, args[0])
    with contextlib.suppress(UnliftableError):  # A first value that needs the batch: it runs then.
        return function and function.get_concrete_function(data).graph, args
    return None, args


def draws(model: Any, graph: Any) -> Draws | None:
    """Looks for random operations with a stream of their own.

    Args:
        model: The model.
        graph: What `traced` returned.
    """
    graphs = _graphs(graph)
    found = [op for graph in graphs for op in graph.get_operations() if _draws(op)]
    if not found:
        return None
    variables = {id(v): v for graph in graphs for v in graph.variables}
    places = tuple(dict.fromkeys(map(_place, found)))
    return Draws(places, list(variables.values()), model.steps_per_execution)


def _compiled_part(twin, data):
    """The compiled function that a function of Keras calls with such data, and its argument."""
    parts = dict(inspect.getclosurevars(twin).nonlocals) if inspect.isfunction(twin) else {}
    is_whole = isinstance(data, _ITERATORS)
    function = inspect.unwrap(parts.get(WHOLE if is_whole else ONE_STEP, list), stop=_is_compiled)
    if not data or not _is_compiled(function):  # In another version of Keras it has another name.
        return None, None
    return function, data if is_whole else data[0]


def _is_compiled(function) -> bool:
    return isinstance(function, tf.types.experimental.PolymorphicFunction)


def _graphs(graph) -> list:
    """A graph, and those of the functions that it calls, each once."""
    found = {} if graph is None else {graph.name: graph}
    stack = list(found.values())
    while stack:
        called = {name: f.graph for name, f in stack.pop()._functions.items() if name not in found}
        found |= called
        stack += called.values()
    return list(found.values())


def _draws(op) -> bool:
    attributes = op.op_def.attr if op.op_def.is_stateful else ()
    seeds = {"seed", "seed2"}.intersection(attribute.name for attribute in attributes)
    return len(seeds) == 2 and any(map(op.get_attr, seeds))


def _place(op) -> str:
    """The name of an operation, and the innermost line of the user's that made it."""
    for frame in reversed(list(op.traceback)):
        if source.is_users(frame.filename):
            text = linecache.getline(frame.filename, frame.lineno).strip()
            return f"{op.type} in {text} ({frame.filename}:{frame.lineno})"
    return op.type


def _is_undone(before) -> bool:
    restore(before)
    return True


def _twice(batches, data):
    """Some batches for two functions, as iterators of the type of the one that they are from."""
    if not isinstance(data, tf.data.Iterator):
        return batches, batches
    return _iterator(batches, data.element_spec), _iterator(batches, data.element_spec)


def _iterator(batches, spec):
    """Batches as an iterator of such a type: nothing is traced anew."""
    datasets = map(tf.data.Dataset.from_tensors, batches)
    dataset = functools.reduce(tf.data.Dataset.concatenate, datasets)
    variant = tf.data.experimental.to_variant(dataset)
    return iter(tf.data.experimental.from_variant(variant, spec))
