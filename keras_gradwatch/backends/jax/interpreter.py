"""Runs a traced train step operation by operation, forward and back, and keeps what it does."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jax.extend.core import ClosedJaxpr, Literal

from keras_gradwatch.backends.jax import derivatives, equations, kinds
from keras_gradwatch.backends.jax.equations import Meaning, Place, meaning_of
from keras_gradwatch.backends.jax.passes import Pass, or_zeros, walk_back
from keras_gradwatch.backends.jax.segments import Node, Segment
from keras_gradwatch.backends.jax.trace import MARK
from keras_gradwatch.backends.jax.values import Values
from keras_gradwatch.recording import kinds as every_kind
from keras_gradwatch.recording.graph import Operation
from keras_gradwatch.recording.recording import check_size

_KEEPS_A_WEIGHT = (every_kind.COPY, every_kind.RESHAPE)


class Interpreter:
    """Runs a jaxpr, and the jaxprs that it calls, as one list of operations.

    Calls are followed, loops are unrolled, and of a condition the branch is run that is taken.

    Args:
        values: The values of the step, with its arguments.
        layers: Path of the layer of each call, by the call's number.
        gives_back: Is called with each backward pass: the pass, its gradients, and what raised.

    Attributes:
        operations: The operations, in the order of execution.
        places: Where each of them comes from.
        nodes: All that is computed, operations and what is made of constants alone.
        tags: The number of each value that the trace has tagged.
    """

    def __init__(self, values: Values, layers: dict[int, str], gives_back: Callable):
        self.operations: list[Operation] = []
        self.places: list[Place] = []
        self.nodes: list[Node] = []
        self.tags: dict[str, int] = {}
        self._values = values
        self._layers = layers
        self._gives_back = gives_back
        self._segments: list[Segment] = []
        self._pending: list[Node] = []
        self._passes: dict[int, Pass] = {}
        self._open: list[Pass] = []
        self._meanings: dict[int, Meaning] = {}
        self._shared: dict[Any, Any] = {}
        self._compiled: dict[Any, Any] = {}
        self._known_places: dict[tuple[int, int], tuple[Place, Place]] = {}
        self._handlers = {
            "scan": self._scan,
            "cond": self._cond,
            "gradwatch_sources": self._sources,
            "gradwatch_results": self._results,
            "gradwatch_gradients": self._gradients,
        }

    def run(self, closed: ClosedJaxpr, arguments: list[int], place: Place) -> list[int]:
        """Runs a jaxpr, and returns the numbers of what it returns.

        Args:
            closed: The jaxpr.
            arguments: Numbers of its arguments.
            place: Where it is called.
        """
        jaxpr, values = closed.jaxpr, self._values
        known = dict(zip(jaxpr.invars, arguments, strict=True))
        for variable, value in zip(jaxpr.constvars, closed.consts, strict=True):
            known[variable] = values.constant(value, variable.aval)

        def number(atom):
            is_literal = isinstance(atom, Literal)
            return values.constant(atom.val, atom.aval) if is_literal else known[atom]

        for equation in jaxpr.eqns:
            made = self._equation(equation, [number(atom) for atom in equation.invars], place)
            known.update(zip(equation.outvars, made, strict=True))
        return [number(atom) for atom in jaxpr.outvars]

    def flush(self) -> None:
        """Computes what has been added since the last time, as one compiled function."""
        if self._pending:
            segment = Segment(self._pending, self._values.avals, self._compiled)
            arrays = self._values.arrays
            made = segment.forward([arrays[n] for n in segment.inputs])
            for number, array in zip(segment.outputs, made, strict=True):
                arrays[number] = array
            self._segments.append(segment)
            self._pending = []

    # Equations.

    def _equation(self, equation: Any, inputs: list[int], outer: Place) -> list[int]:
        name, params = equation.primitive.name, equation.params
        if name in kinds.SILENT:
            return []
        if name == "name" and params["name"].startswith(MARK):
            self.tags[params["name"].removeprefix(MARK)] = inputs[0]
            return inputs
        place = self._place(equation, outer)
        if name in self._handlers:
            return self._handlers[name](inputs, params, place)
        called = equations.called_jaxpr(equation)
        if called is not None:
            return self.run(called, inputs, place)
        avals = [variable.aval for variable in equation.outvars]
        return self._add(self._meaning(equation, inputs), inputs, place, avals)

    def _place(self, equation: Any, outer: Place) -> Place:
        """Where an equation comes from; the steps of a loop share it."""
        key = (id(equation), id(outer))
        if key not in self._known_places:
            found = equations.place_of(equation.source_info, outer)
            self._known_places[key] = (found, outer)  # An `id` is one's own while it is held.
        return self._known_places[key][0]

    def _meaning(self, equation: Any, inputs: list[int]) -> Meaning:
        """What an equation does; the steps of a loop share it, and what is compiled for it."""
        if id(equation) not in self._meanings:
            avals = [self._values.avals[n] for n in inputs]
            self._meanings[id(equation)] = equations.read(equation, avals, self._shared)
        return self._meanings[id(equation)]

    def _add(
        self,
        meaning: Meaning,
        inputs: list[int],
        place: Place,
        avals: list,
        shown: list[int] | None = None,
    ) -> list[int]:
        """Adds a computation, and returns the numbers of what it makes.

        Args:
            meaning: What it does.
            inputs: Numbers of what it reads.
            place: Where it comes from.
            avals: Shape and type of each value that it makes.
            shown: Numbers of what its operation reads, where that differs.
        """
        values = self._values
        if shown is None:
            inputs = shown = self._inside(inputs, place)
        outputs = [values.add(None, aval) for aval in avals]
        is_fixed = meaning.kind != every_kind.HOST and values.fixed.issuperset(inputs)
        if is_fixed:
            values.fixed.update(outputs)
        if not values.moving.isdisjoint(inputs):
            values.moving.update(outputs)
        is_shown = place.lines or not is_fixed  # JAX's own constants are none of the program's.
        operation = self._operation(meaning, shown, outputs, place) if is_shown else None
        node = Node(meaning.derivative, tuple(inputs), tuple(outputs), operation)
        self.nodes.append(node)
        self._pending.append(node)
        return outputs

    def _operation(self, meaning, inputs, outputs, place) -> Operation:
        check_size(len(self.operations), self._values.size)
        operation = Operation(
            index=len(self.operations),
            type=meaning.type,
            kind=meaning.kind,
            spoken=meaning.spoken,
            inputs=tuple(inputs),
            outputs=tuple(outputs),
            lines=place.lines,
            layer=next((self._layers[c] for c in place.calls if c in self._layers), None),
            on_tape=bool(self._open),
            attributes=meaning.attributes,
        )
        self.operations.append(operation)
        self.places.append(place)
        return operation

    # Control flow.

    def _scan(self, inputs: list[int], params: dict, place: Place) -> list[int]:
        inputs = self._inside(inputs, place)
        count, length = params["num_consts"], params["length"]
        first_item = count + params["num_carry"]
        constants, carry = inputs[:count], inputs[count:first_item]
        rows = [self._unstack(number, place) for number in inputs[first_item:]]
        made: list[Any] = [None] * length
        for i in reversed(range(length)) if params["reverse"] else range(length):
            self.flush()
            arguments = [*constants, *carry, *(row[i] for row in rows)]
            out = self.run(params["jaxpr"], arguments, place)
            carry, made[i] = out[: len(carry)], out[len(carry) :]
        self.flush()
        if not length:
            return [*carry, *self._empty(params)]
        return [*carry, *(self._stack(list(column), place) for column in zip(*made, strict=True))]

    def _unstack(self, number: int, place: Place) -> list[int]:
        aval = self._values.avals[number]
        rows = [aval.update(shape=aval.shape[1:])] * aval.shape[0]
        return self._on_host(kinds.UNSTACK, derivatives.Unstack(), [number], place, rows)

    def _stack(self, numbers: list[int], place: Place) -> int:
        aval = self._values.avals[numbers[0]]
        whole = aval.update(shape=(len(numbers), *aval.shape))
        return self._on_host(kinds.STACK, derivatives.Stack(), numbers, place, [whole])[0]

    def _on_host(self, name, derivative, inputs, place, avals) -> list[int]:
        """Adds an operation that NumPy computes, between two compiled functions."""
        self.flush()
        outputs = self._add(meaning_of(name, derivative), inputs, place, avals)
        self.flush()
        return outputs

    def _empty(self, params: dict) -> list[int]:
        """What a loop without steps collects."""
        outputs = params["jaxpr"].out_avals[params["num_carry"] :]
        return [self._values.add(np.zeros((0, *o.shape), o.dtype)) for o in outputs]

    def _cond(self, inputs: list[int], params: dict, place: Place) -> list[int]:
        self.flush()
        branches = params["branches"]
        index = int(np.clip(int(self._values.arrays[inputs[0]]), 0, len(branches) - 1))
        return self.run(branches[index], inputs[1:], place)

    # Backward passes.

    def _sources(self, inputs: list[int], params: dict, place: Place) -> list[int]:
        self.flush()
        values = self._values
        sources = [values.add(values.arrays[n], values.avals[n]) for n in inputs]
        values.moving.update(sources)
        step = Pass(
            weights=[self._weight(n) for n in inputs],
            sources=sources,
            lines=place.lines,
            first=len(self._segments),
            first_operation=len(self.operations),
        )
        self._open.append(step)
        self._passes[params["key"]] = step
        return sources

    def _weight(self, number: int) -> int:
        """The weight itself, where a cast of it is differentiated, or the same in another shape."""
        for operation in reversed(self.operations):
            if number in operation.outputs and operation.kind in _KEEPS_A_WEIGHT:
                number = operation.inputs[0]
        return number

    def _inside(self, numbers: list[int], place: Place) -> list[int]:
        """Values as the open pass reads them: weights through an operation of their own."""
        if not self._open:
            return numbers
        step = self._open[-1]
        return [self._read(step, n, place) for n in numbers]

    def _read(self, step: Pass, number: int, place: Place) -> int:
        """A weight as a layer reads it, or as the loss takes it from around it: a constant."""
        weight = step.weight_of(number)
        if weight is not None:
            key, meaning = (number, *place.calls[:1]), meaning_of(kinds.READ, derivatives.SAME)
        elif number in step.weights:
            key, meaning = (number,), meaning_of(kinds.CAPTURED, derivatives.STOPPED)
            weight, place = number, Place(step.lines_within(place.lines)[-1:], place.calls)
        else:
            return number
        if key not in step.reads:
            aval = self._values.avals[number]
            step.reads[key] = self._add(meaning, [number], place, [aval], shown=[weight])[0]
        return step.reads[key]

    def _results(self, inputs: list[int], params: dict, place: Place) -> list[int]:
        step = self._passes[params["key"]]
        step.results = self._inside(inputs, place)
        self.flush()
        self._open.remove(step)
        step.last, step.last_operation = len(self._segments), len(self.operations)
        return step.results

    def _gradients(self, inputs: list[int], params: dict, place: Place) -> list[int]:
        self.flush()
        values, step = self._values, self._passes[params["key"]]
        given = zip(step.results, (values.arrays[n] for n in inputs), strict=False)
        passed = {n: np.broadcast_to(c, values.avals[n].shape) for n, c in given}
        found, failure = walk_back(step, self._segments, values, passed)
        again = lambda passed: walk_back(step, self._segments, values, passed)[0]  # noqa: E731
        self._gives_back(step, found, failure, again)
        zeros = zip(step.sources, params["given"], strict=True)
        return [values.add(or_zeros(found.get(n), like)) for n, like in zeros]
