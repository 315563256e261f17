"""Records one run of a train step on JAX, as the diagnosis reads it."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from keras_gradwatch.backends.jax import plain_arrays, private
from keras_gradwatch.backends.jax.equations import Place
from keras_gradwatch.backends.jax.interpreter import Interpreter
from keras_gradwatch.backends.jax.passes import Pass
from keras_gradwatch.backends.jax.plain_arrays import PlainArray
from keras_gradwatch.backends.jax.segments import Failure, Node
from keras_gradwatch.backends.jax.trace import Trace
from keras_gradwatch.backends.jax.values import Values, to_numpy
from keras_gradwatch.recording import kinds
from keras_gradwatch.recording.graph import Backward, Graph, Operation
from keras_gradwatch.recording.recording import (
    LayerCall,
    NotRecorded,
    Recording,
    Variable,
    layers_of,
)
from keras_gradwatch.weights import unique_paths


def record(model, data: Any, *, ignore_scale: bool = False, state: Any = None) -> Recording:
    """Runs the model's train step once without applying it.

    Args:
        model: The compiled model.
        data: The batch, as `train_step` gets it.
        ignore_scale: Whether the loss is left unscaled.
        state: The state of the training, as `train_step` gets it: trainable, non-trainable,
            optimizer and metrics variables. `None` takes it from the variables, which hold none
            while `fit` runs.

    Returns:
        The recording.

    Raises:
        NotRecorded: If the step is too large to be kept, or runs only where it is not traced.
    """
    return Recorder(model, ignore_scale=ignore_scale).run(data, state)


def traced_error(model, data: Any) -> Exception | None:
    """What compiling the step raises that running it does not: `record` has traced it already."""
    return None


class Recorder:
    """Records one run of `model.train_step`.

    Args:
        model: The compiled model.
        ignore_scale: Whether the loss is left unscaled.

    Attributes:
        nodes: What was computed.
        values: The values.
    """

    def __init__(self, model, *, ignore_scale: bool = False):
        self.nodes: list[Node] = []
        self.values = Values()
        self._model = model
        self._trace = Trace(model, ignore_scale)
        self._variables: dict[int, Variable] = {}
        self._plain: dict[int, PlainArray] = {}
        self._backward: list[Backward] = []

    def run(self, data: Any, state: Any = None) -> Recording:
        """Runs the step on a batch, see `record`."""
        try:
            private.build(self._model, data)
            state = private.state_of(self._model) if state is None else state
        except Exception as raised:  # The functional model, the loss or a metric raises.
            self._trace.see_calls(lambda: private.build(self._model, data))
            return self._raised(raised)
        error = self._trace.run(state, data)
        if error and private.needs_values(error) and not private.is_compiled(self._model):
            error = self._trace.run_without_tracing(state, data)
            if error is None:
                raise NotRecorded("The step is not compiled, and runs only where it is not traced.")
        return self._raised(error) if error else self._interpreted(state, data)

    def _raised(self, error: Exception) -> Recording:
        calls = [_call(call, 0, 0) for call in self._trace.calls]
        return Recording(self._graph([]), [], calls, {}, [], error, lambda tensor: None)

    def _interpreted(self, state, data) -> Recording:
        state, batch = jax.tree.leaves(state), jax.tree.leaves(data)
        arguments = [self.values.add(leaf) for leaf in (*state, *batch)]
        self._name_variables(arguments)
        layers = {call.number: call.layer.path or call.layer.name for call in self._trace.calls}
        run = Interpreter(self.values, layers, self._give_back)
        run.run(self._trace.closed, arguments, Place())
        run.flush()
        self.nodes = run.nodes
        graph = self._graph(run.operations)
        return Recording(
            graph=graph,
            backward=self._backward,
            calls=_calls(self._trace.calls, run.places),
            variables=self._variables_in(graph),
            data=arguments[len(state) :],
            error=None,
            number_of=self._numbers(run.tags),
            written=self._graph(_as_written(run.operations, run.places)),
        )

    def _graph(self, operations: list[Operation]) -> Graph:
        return Graph(operations, self.values.to_numpy, self.values.is_float)

    # Variables.

    def _name_variables(self, arguments: list[int]) -> None:
        """Says which value belongs to which variable.

        A value that the step reads from a variable itself is a constant to JAX. It gets the number
        of the variable's argument, or one of its own where the variable is none of the model's.
        """
        model = self._model
        owners = [*model.trainable_variables, *model.non_trainable_variables]
        numbers = {id(v): n for v, n in zip(owners, arguments, strict=False)}
        paths = unique_paths(model.variables)
        found = [(v, numbers[id(v)]) for v in owners]
        for variable in self._trace.constants.values():
            raw = private.raw_value(variable)
            number = numbers.get(id(variable))
            if number is None:
                number = self.values.add(raw)
                found.append((variable, number))
            self.values.name_constant(raw, number)
        for variable, number in found:
            self._variables[number] = self._adapter(variable, number, paths)
            if variable.trainable:
                self.values.moving.add(number)

        self._name_plain_arrays()

    def _name_plain_arrays(self) -> None:
        """Numbers the arrays that layers keep in containers, as if they were weights."""
        for layer in layers_of(self._trace.calls):
            for plain in plain_arrays.of_layer(layer):
                if self.values.number_of_constant(plain.array) is None:
                    number = self.values.add(plain.array)
                    self.values.name_constant(plain.array, number)
                    self.values.moving.add(number)
                    self._plain[number] = plain

    def _variables_in(self, graph: Graph) -> dict[int, Variable]:
        """The variables of the model, and what else the step uses as weights."""
        variables = self._variables.items()
        known = {n: v for n, v in variables if v.is_tracked or n in graph.read_by}
        plain = plain_arrays.weights(graph, self._plain)
        return known | {n: self._plain_adapter(array, n) for n, array in plain.items()}

    def _plain_adapter(self, plain: PlainArray, number: int) -> Variable:
        return Variable(
            path=plain.path,
            name=plain.path.rpartition("/")[2],
            shape=plain.array.shape,
            dtype=str(plain.array.dtype),
            trainable=True,
            is_tracked=False,
            is_written=False,
            value=lambda: np.asarray(to_numpy(self.values.arrays[number])),
            holders=(plain.array, *plain.containers),
        )

    def _adapter(self, variable, number: int, paths: dict[int, str]) -> Variable:
        return Variable(
            path=paths.get(id(variable), variable.path),
            name=variable.name,
            shape=tuple(variable.shape),
            dtype=str(variable.dtype),
            trainable=variable.trainable,
            is_tracked=id(variable) in paths,
            is_written=id(variable) in self._trace.written,
            value=lambda: np.asarray(to_numpy(self.values.arrays[number])),
            holders=(variable,),
        )

    # Backward passes, and what the program holds.

    def _give_back(
        self, step: Pass, found: dict[int, Any], failure: Failure | None, again: Callable
    ) -> None:
        weights = [w for w in step.weights if w in self._variables]
        if weights:
            self._backward.append(
                Backward(
                    losses=tuple(step.results),
                    weights=tuple(weights),
                    paths=tuple(self._variables[w].path for w in weights),
                    gradient_of=_reader(found),
                    pull=lambda number, seed: _reader(again({number: self._typed(number, seed)})),
                    failed=(failure.node.operation, failure.error) if failure else None,
                    first=step.first_operation,
                    last=step.last_operation,
                )
            )

    def _typed(self, number: int, array: np.ndarray) -> np.ndarray:
        return array.astype(self.values.avals[number].dtype)

    def _numbers(self, tags: dict[str, int]) -> Callable[[Any], int | None]:
        """Gives the number of what a layer returned, while the step was traced."""
        numbers = {
            id(leaf): tags[f"{call.number}.{i}"]
            for call in self._trace.calls
            for i, leaf in enumerate(jax.tree.leaves(call.outputs))
            if f"{call.number}.{i}" in tags
        }
        return lambda tensor: numbers.get(id(tensor), self.values.number_of_constant(tensor))


def _reader(gradients: dict[int, Any]) -> Callable[[int], np.ndarray | None]:
    return lambda number: to_numpy(gradients.get(number))


def _calls(traced: list, places: list[Place]) -> list[LayerCall]:
    """The calls of layers, with the first and the last of the operations inside of each."""
    spans: dict[int, tuple[int, int]] = {}
    for index, place in enumerate(places):
        for number in place.calls:
            first, _ = spans.get(number, (index, index))
            spans[number] = first, index + 1
    return [_call(call, *spans.get(call.number, (0, 0))) for call in traced]


def _call(traced, first: int, last: int) -> LayerCall:
    return LayerCall(traced.layer, traced.arguments, traced.outputs, traced.lines, first, last)


def _as_written(operations: list[Operation], places: list[Place]) -> list[Operation]:
    """The operations without the axes that JAX adds when two values of different rank meet."""
    graph = Graph(operations, lambda number: None, lambda number: False)

    def written(operation: Operation, number: int) -> int:
        maker = graph.made_by.get(number)
        if maker is None or maker.kind != kinds.RESHAPE or not maker.inputs:
            return number
        same = places[maker.index].site == places[operation.index].site
        return maker.inputs[0] if same else number

    return [
        dataclasses.replace(o, inputs=tuple(written(o, n) for n in o.inputs)) for o in operations
    ]
