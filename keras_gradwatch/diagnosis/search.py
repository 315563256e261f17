"""From the recording of one step to findings: symptom, cause, place."""

import dataclasses
import functools
from typing import Any

import keras
import numpy as np

from keras_gradwatch.diagnosis import (
    beside,
    blame,
    constant,
    contracts,
    intervention,
    losses,
    parts,
    scale,
    unread,
)
from keras_gradwatch.diagnosis.creation import creation_line
from keras_gradwatch.diagnosis.holding import keeping_line
from keras_gradwatch.diagnosis.making import freezing_line, making_line, own_files
from keras_gradwatch.diagnosis.non_finite import first_non_finite
from keras_gradwatch.diagnosis.suspects import Suspect, grouped
from keras_gradwatch.diagnosis.verdict import Blame
from keras_gradwatch.diagnosis.walk import Walk, norm
from keras_gradwatch.findings import SEVERITIES, Finding, Location
from keras_gradwatch.recording import kinds, source
from keras_gradwatch.recording.graph import Operation
from keras_gradwatch.recording.recording import Recording, layers_of

ZERO_SHARE = 0.9
"""A gradient with more exact zeros than this is looked at for an activation that stops it."""


class Search:
    """Looks for what is wrong in one recorded step.

    Args:
        model: The model.
        recording: One run of its train step.
    """

    def __init__(self, model, recording: Recording):
        self.model = model
        self.recording = recording
        self.graph = recording.graph
        self._rounding: dict[tuple[int, ...], frozenset[int]] = {}

    def findings(self) -> list[Finding]:
        """Returns all findings, the gravest first."""
        suspects = [*self._weights(), *self._variables_beside(), *self._far_below_zero()]
        found = [*grouped(suspects), *unread.never_called(self.recording)]
        found += contracts.check(self.recording)
        return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))

    def dead_channels(self, paths: set[str]) -> list[Finding]:
        """Returns which rectifiers are never positive on some channels of these weights."""
        suspects = []
        for backward in self.recording.backward:
            for path, weight in zip(backward.paths, backward.weights, strict=True):
                if path in paths:
                    walk = Walk(self.graph, backward, weight)
                    found = blame.dead_channels(walk)
                    if found.operation:
                        suspects.append(self._named("dead-channels", walk, found, "warning"))
        return grouped(suspects)

    # Weights with a gradient to look at.

    def _weights(self):
        for backward in self.recording.backward:
            origin = first_non_finite(self.recording, backward)
            arrives = _reaches_a_weight(backward)  # On PyTorch relu makes a 0 of an Inf.
            for weight in self._of_interest(backward):
                suspect = self._suspect(backward, weight, origin if arrives else None)
                if suspect is not None:
                    yield suspect
            if origin is None:
                yield from self._out_of_scale(backward)

    def _of_interest(self, backward):
        """The weights of a backward pass that no other one gives a gradient."""
        others = [b for b in self.recording.backward if b is not backward]
        for weight in backward.weights:
            found = (b.gradient_of(weight) for b in others if weight in b.weights)
            if not any(g is not None and np.any(g) for g in found):
                yield weight

    def _suspect(self, backward, weight, origin) -> Suspect | None:
        gradient = backward.gradient_of(weight)
        walk = Walk(self.graph, backward, weight)
        if backward.failed is not None:
            return self._failed(backward, walk)
        if gradient is None:
            return self._missing(walk)
        if not np.isfinite(gradient).all():
            return self._named("non-finite", walk, origin or Blame("unknown"), "error")
        if origin is not None or not gradient.size:
            return None
        return self._zero(walk, gradient)

    def _zero(self, walk, gradient) -> Suspect | None:
        """A zero that nobody can explain is no alarm: a cancellation is zero as well."""
        if not gradient.any():
            found = blame.zero(walk)
            for further in (parts.zero, constant.zero):
                found = further(walk) if found.cause == "unknown" else found
            quiet = found.heals or found.cause == "unknown"
            severity = "info" if quiet else "error"
            return self._named("zero", walk, found, severity, intervention.tried)
        lost = blame.rounding(walk, self._rounding_only(walk.backward))
        if lost.operation:
            return self._named("zero", walk, lost, "error")
        if (gradient == 0).mean() > ZERO_SHARE:
            found = blame.mostly_zero(walk)
            return self._named("zero", walk, found, "warning") if found.operation else None
        return None

    def _rounding_only(self, backward) -> frozenset[int]:
        """Numbers of the operations that leave nothing but rounding of a gradient."""
        if backward.losses not in self._rounding:
            self._rounding[backward.losses] = blame.rounding_only(self.graph, backward)
        return self._rounding[backward.losses]

    def _failed(self, backward, walk) -> Suspect | None:
        """The backward pass raised: no weight behind that operation gets anything."""
        operation, error = backward.failed
        if operation is None or not set(operation.outputs) & walk.reached:
            return None
        found = Blame(
            "host-call" if operation.kind == kinds.HOST else "non-differentiable",
            operation,
            {"error": f"{type(error).__name__}: {str(error)[:200]}"},
        )
        writing = self._writes_over(operation)
        if writing is not None:
            needs = f"writes over a value that the gradient of {operation.spoken} needs"
            because = f"{writing.spoken} {needs}: the backward pass raises"
            fix = "make a new value instead: `x = x * y`, not `x *= y`"
            found = Blame("step-raises", writing, found.evidence, because=because, fix=fix)
        suspect = self._named("missing", walk, found, "error")
        if operation.kind == kinds.CUSTOM:  # The user's own backward function raised.
            suspect.location = next(iter(source.of_traceback(error)), suspect.location)
        return suspect

    def _writes_over(self, operation: Operation) -> Operation | None:
        """The operation that writes, in place, to what another one reads or makes."""
        kept = {*operation.inputs, *operation.outputs}
        later = self.graph.operations[operation.index + 1 :]
        return next((o for o in later if o.attributes.get("overwrites") in kept), None)

    def _missing(self, walk) -> Suspect:
        found = losses.left_out(self.recording, walk) or blame.missing(walk)
        if found.cause != "unused" or found.evidence.get("assigned"):
            return self._named("missing", walk, found, "error", intervention.tried)
        outputs = losses.outputs_reached(self.model, self.recording, walk)
        if outputs:
            severity = "info" if losses.is_without_loss(self.model, outputs) else "error"
            found = losses.made_without(self.model, self.recording, walk)
            line = losses.term_left_out(self.model, self.recording, walk) or found.location
            found = dataclasses.replace(found, evidence={"outputs": outputs}, location=line)
            return self._named("missing", walk, found, severity)
        suspect = self._named("missing", walk, found, "error", intervention.dropped)
        if found.operation is None:
            line = unread.line_without(self.recording, walk.weight)
            suspect.location = line or self._creation_line(walk.weight)
        return suspect

    # Scale, and channels that are dead.

    def _out_of_scale(self, backward):
        found = scale.hops(self.graph, backward)
        hops = [("vanishing", hop) for hop in scale.vanished(found)]
        hops += [("exploding", hop) for hop in self._exploding(backward, found)]
        for symptom, hop in hops:
            weight = backward.weights[hop.position]
            evidence = {"gradient norm": hop.norm, "at the last layer": found[-1].norm}
            cause = Blame(symptom, self.graph.operations[hop.first], evidence)
            walk = Walk(self.graph, backward, weight)
            suspect = self._named(symptom, walk, cause, "warning")
            changes = self._changes_scale(hop, walk, found[-1])
            line = changes.location if changes else None
            suspect.location = line or self._creation_line(weight) or suspect.location
            yield suspect

    def _exploding(self, backward, found: list[scale.Hop]) -> list[scale.Hop]:
        """The hops at which the gradient explodes; where it does, also what is as large elsewhere.

        What grows on the way forward is the input of the last layers as well.
        """
        large = [hop for hop in found if self._is_overwhelming(backward, hop)]
        exploded = [hop for hop in scale.exploded(found) if hop in large]
        return [*exploded, *(hop for hop in large if exploded and hop not in exploded)]

    def _changes_scale(self, hop, walk, last) -> Operation | None:
        """The operation that makes a gradient small or large, where it is not the weight itself."""
        if hop.grows_in_steps:
            return self.graph.operations[hop.first]
        return scale.changes_most(walk, hop, last)

    def _is_overwhelming(self, backward, hop: scale.Hop) -> bool:
        """Whether a gradient is large beside its weight: deep nets grow, and learn all the same."""
        weight = backward.weights[hop.position]
        size = norm(self.recording.variables[weight].value())
        gradient = norm(backward.gradient_of(weight)) or 0.0
        return gradient > scale.OVERWHELMING * (size or 1.0)

    def _far_below_zero(self):
        """Rectifiers with channels that no row of the batch comes near to; most of them is loud."""
        for backward in self.recording.backward:
            needed = self.graph.needed(backward)
            for operation in self.graph.operations:
                if operation.kind != kinds.RECTIFIER or needed.isdisjoint(operation.outputs):
                    continue
                found = blame.far_below_zero(self.graph, operation)
                if found is None:
                    continue
                dead, channels = found.evidence["dead channels"], found.evidence["channels"]
                severity = "warning" if 2 * dead >= channels else "info"
                for weight in self._weights_before(backward, operation):
                    walk = Walk(self.graph, backward, weight)
                    yield self._named("dead-channels", walk, found, severity)

    def _weights_before(self, backward, rectifier):
        """The weights, with a gradient, that meet the data just before a rectifier."""
        waiting, seen = list(rectifier.inputs), set()
        while waiting:
            value = waiting.pop()
            if value in seen:
                continue
            seen.add(value)
            if value in backward.weights:
                gradient = backward.gradient_of(value)
                if gradient is not None and np.any(gradient):
                    yield value
            maker = self.graph.made_by.get(value)
            if maker is not None and maker.kind != kinds.RECTIFIER:
                waiting += maker.inputs

    # Variables that are read like weights and not trained.

    def _variables_beside(self):
        for found in beside.variables(self.recording):
            walk = Walk(self.graph, found.backward, found.number)
            reader = self.graph.read_by[found.number][0]
            blamed = Blame(found.cause, reader)
            suspect = self._named(found.symptom, walk, blamed, found.severity, intervention.beside)
            suspect.layer = found.layer.path if found.layer else suspect.layer
            suspect.location = self._line_of(found) or suspect.location
            yield suspect

    def _line_of(self, found: beside.Beside) -> Location | None:
        """The line that makes a variable, or its layer; failing that, the one that keeps it."""
        line, layer = None, found.layer
        if layer is not None:
            line = next(iter(self.recording.made_at.get(id(layer), ())), None)
            if line is None and found.cause == "frozen" and not layer.trainable:
                line = freezing_line(layer, *self._where_made)
            line = line or self._creation_line(found.number, layer)
        return line or keeping_line(self.recording, self.recording.variables[found.number])

    # Names and places.

    def _named(self, symptom, walk, found, severity, check=None) -> Suspect:
        variable, operation = self.recording.variables[walk.weight], found.operation
        return Suspect(
            symptom,
            variable.path,
            variable.shape,
            found,
            found.location or self._location(operation) or self._layer_line(operation),
            operation.layer if operation else variable.path.rpartition("/")[0],
            severity,
            walk,
            check,
        )

    @functools.cached_property
    def _where_made(self) -> tuple[list[Any], tuple[str, ...]]:
        """The layers, and the files that may make them."""
        return layers_of(self.recording.calls), own_files()

    def _location(self, operation: Operation | None) -> Location | None:
        if operation is None:
            return None
        if operation.kind == kinds.CUSTOM and "backward" in operation.attributes:
            line = source.of_gradient_function(operation.attributes["backward"])
            return line or operation.location
        return operation.location

    def _layer_line(self, operation: Operation | None) -> Location | None:
        """The line that makes the innermost layer around an operation, of those made by the user.

        In a functional model no line of the user's runs in the step.
        """
        if operation is None:
            return None
        around = [c for c in self.recording.calls if c.first <= operation.index < c.last]
        around = [c for c in around if not isinstance(c.layer, keras.Model)]
        around = sorted(around, key=lambda call: call.last - call.first)
        lines = (making_line(call.layer, *self._where_made) for call in around)
        return next(filter(None, lines), None)

    def _creation_line(self, number, layer=None) -> Location | None:
        variable = self.recording.variables[number]
        layer = layer or beside.layer_of(self.recording, variable)
        if layer is None:
            return None
        attributes = self.recording.attributes_of(layer)
        return creation_line(layer, attributes, variable) or making_line(layer, *self._where_made)


def _reaches_a_weight(backward) -> bool:
    """Whether what is not finite gets to a weight."""
    gradients = map(backward.gradient_of, backward.weights)
    return not all(g is None or np.isfinite(g).all() for g in gradients)
