"""Random operations whose place in their stream no variable holds: `tf.random`, `tf.nn.dropout`.

Each compiled function has a stream of its own for each of them. The observed function cannot go on
where Keras' own one is, and cannot move it on. So it runs for its statistics, what it wrote is
undone, and Keras' own function trains on the same batch.
"""

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

    def rehearse(self, twin: Callable, args: tuple) -> tuple[Any, tuple]:
        """Runs the observed function on the next batches, and undoes what it wrote.

        Args:
            twin: The observed function.
            args: What `fit` passes to its train function.

        Returns:
            The outputs, and what Keras' own function is to be given.
        """
        first, second = _twice(args[0], self._steps)
        before = snapshot_of(self._variables)
        try:
            return twin(first), (second,)
        finally:
            restore(before)


def draws(model: Any, twin: Callable, args: tuple) -> tuple[Draws | None, tuple]:
    """Traces an observed function, and looks for random operations with a stream of their own.

    Args:
        model: The model.
        twin: The function, as Keras makes it.
        args: What `fit` passes to its train function.

    Returns:
        What was found, `None` for nothing, and the arguments, which may have been read once.
    """
    steps = model.steps_per_execution
    if model.run_eagerly or model.jit_compile:  # One stream for the process, and no seeds in XLA.
        return None, args
    if not isinstance(args[0], _ITERATORS):  # `train_on_batch` has a generator.
        args = (list(itertools.islice(args[0], steps)),)
    graphs = _graphs(_traced(twin, args[0]))
    found = [op for graph in graphs for op in graph.get_operations() if _draws(op)]
    variables = {id(v): v for graph in graphs for v in graph.variables}
    places = tuple(dict.fromkeys(map(_place, found)))
    return Draws(places, list(variables.values()), steps) if found else None, args


def _traced(twin, data):
    """The graph of a function of Keras, of which it runs one part for data of `tf.data`."""
    parts = dict(inspect.getclosurevars(twin).nonlocals) if inspect.isfunction(twin) else {}
    if isinstance(data, _ITERATORS):
        function, argument = parts.get(WHOLE, list), data
    else:
        function, argument = parts.get(ONE_STEP, list), data[0]
    function = inspect.unwrap(function, stop=_is_compiled)  # Keras wraps it to convert options.
    if not _is_compiled(function):
        return None  # Another version of Keras calls it another name.
    try:
        return function.get_concrete_function(argument).graph
    except UnliftableError:  # A variable begins with a value of the batch: its first run makes it.
        return None


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


def _twice(data, steps):
    """The next batches, for two functions that read them."""
    batches = list(itertools.islice(data, steps))
    if not batches:
        return data, data  # It has ended, and says so again.
    if not isinstance(data, tf.data.Iterator):
        return batches, batches
    try:
        return _iterator(batches, data.element_spec), _iterator(batches, data.element_spec)
    except Exception:  # What is no plain data: the functions take a list as well.
        return batches, batches


def _iterator(batches, spec):
    """An iterator of the type of the one that the batches come from: nothing is traced anew."""
    datasets = map(tf.data.Dataset.from_tensors, batches)
    dataset = functools.reduce(tf.data.Dataset.concatenate, datasets)
    variant = tf.data.experimental.to_variant(dataset)
    return iter(tf.data.experimental.from_variant(variant, spec))
