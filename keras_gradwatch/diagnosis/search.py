"""From the recording of one step to findings: symptom, cause, place, words."""

import dataclasses
from typing import Any

import numpy as np

from keras_gradwatch.diagnosis import blame, causes, contracts, scale
from keras_gradwatch.diagnosis.blame import Blame, Walk
from keras_gradwatch.diagnosis.creation import creation_line
from keras_gradwatch.diagnosis.path import path_of
from keras_gradwatch.findings import Finding, Location
from keras_gradwatch.recording import kinds, source
from keras_gradwatch.recording.graph import Operation
from keras_gradwatch.recording.recording import Recording, Variable

ZERO_SHARE = 0.9
"""A gradient with more exact zeros than this is looked at for an activation that stops it."""


@dataclasses.dataclass
class Suspect:
    """One weight, what is wrong with its gradient, and why.

    Args:
        symptom: One of `findings.SYMPTOMS`.
        weight: Path of the weight.
        shape: Shape of the weight.
        blame: The cause.
        location: The line to name.
        layer: Path of the layer to name.
        severity: Severity of the finding.
        path: The hops from the loss to the weight.
    """

    symptom: str
    weight: str
    shape: tuple
    blame: Blame
    location: Location | None
    layer: str | None
    severity: str
    path: list[dict[str, Any]]


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

    def findings(self) -> list[Finding]:
        """Returns all findings, the gravest first."""
        suspects = [*self._weights(), *self._untracked(), *self._frozen()]
        found = _grouped(suspects)
        found += contracts.check(self.recording)
        return sorted(found, key=lambda f: ("error", "warning", "info").index(f.severity))

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
        return _grouped(suspects)

    # Weights with a gradient to look at.

    def _weights(self):
        for backward in self.recording.backward:
            birth = blame.non_finite(self.graph, backward)
            for weight in self._of_interest(backward):
                suspect = self._suspect(backward, weight, birth)
                if suspect is not None:
                    yield suspect
            if birth is None:
                yield from self._out_of_scale(backward)

    def _of_interest(self, backward):
        """The weights of a backward pass that no other one gives a gradient."""
        others = [b for b in self.recording.backward if b is not backward]
        for weight in backward.weights:
            found = (b.gradient_of(weight) for b in others if weight in b.weights)
            if not any(g is not None and np.any(g) for g in found):
                yield weight

    def _suspect(self, backward, weight, birth) -> Suspect | None:
        gradient = backward.gradient_of(weight)
        walk = Walk(self.graph, backward, weight)
        if backward.failed is not None:
            return self._failed(backward, walk)
        if gradient is None:
            return self._missing(walk)
        if not np.isfinite(gradient).all():
            return self._named("non-finite", walk, birth or Blame("unknown"), "error")
        if birth is not None or not gradient.size:
            return None
        if not gradient.any():
            return self._zero(walk, blame.zero(walk))
        if (gradient == 0).mean() > ZERO_SHARE:
            found = blame.mostly_zero(walk)
            return self._named("zero", walk, found, "warning") if found.operation else None
        return None

    def _zero(self, walk, found) -> Suspect:
        """A zero that nobody can explain is no alarm: a cancellation is zero as well."""
        quiet = found.heals or found.cause == "unknown"
        return self._named("zero", walk, found, "info" if quiet else "error")

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
        suspect = self._named("missing", walk, found, "error")
        if operation.kind == kinds.CUSTOM:  # The user's own backward function raised.
            suspect.location = next(iter(source.of_traceback(error)), suspect.location)
        return suspect

    def _missing(self, walk) -> Suspect:
        found = blame.missing(walk)
        if found.cause != "unused":
            return self._named("missing", walk, found, "error")
        outputs = self._outputs_reached(walk)
        if outputs:
            found = Blame("no-loss", self._label_reading(), {"outputs": outputs})
            severity = "info" if self._is_without_loss(outputs) else "error"
            return self._named("missing", walk, found, severity)
        suspect = self._named("missing", walk, found, "error")
        suspect.location = self._goes_on_without(found, walk) or suspect.location
        return suspect

    def _named(self, symptom, walk, found, severity) -> Suspect:
        weight = walk.weight
        variable = self.recording.variables[weight]
        path, operation = variable.path, found.operation
        return Suspect(
            symptom,
            path,
            variable.shape,
            found,
            self._location(operation),
            operation.layer if operation else path.rpartition("/")[0],
            severity,
            path_of(self.graph, walk.backward, walk, path, operation),
        )

    def _location(self, operation: Operation | None) -> Location | None:
        if operation is None:
            return None
        if operation.kind == kinds.CUSTOM and "backward" in operation.attributes:
            return (
                source.of_gradient_function(operation.attributes["backward"]) or operation.location
            )
        return operation.location

    # Unused, and without a loss.

    def _outputs_reached(self, walk) -> list[str]:
        """Names of the model's outputs that depend on a weight."""
        calls = [call for call in self.recording.calls if call.layer is self.model]
        if not calls:
            return []
        named = _named_outputs(calls[-1].outputs)
        return [name for name, tensor in named if self.recording.number_of(tensor) in walk.reached]

    def _is_without_loss(self, outputs) -> bool:
        """Whether `compile` was told that an output has no loss."""
        losses = (self.model.get_compile_config() or {}).get("loss")
        if isinstance(losses, dict):
            return all(name in losses and losses[name] is None for name in outputs)
        return False

    def _label_reading(self) -> Operation | None:
        """The last operation that reads the batch alone, after the model was called."""
        calls = [call for call in self.recording.calls if call.layer is self.model]
        needed = set().union(*(self.graph.before(b.losses) for b in self.recording.backward))
        after = [o for o in self.graph.operations if calls and o.index >= calls[-1].last]
        reading = [
            o
            for o in after
            if o.location
            and o.inputs
            and set(o.outputs) & needed
            and not any(
                v in self.graph.made_by and self.graph.made_by[v].location is None
                for v in o.inputs[:1]
            )
            and o.inputs[0] not in self._made_after(calls[-1].last)
        ]
        return reading[-1] if reading else None

    def _made_after(self, index):
        return {
            v for o in self.graph.operations if o.index >= index and o.location for v in o.outputs
        }

    def _goes_on_without(self, found, walk) -> Location | None:
        """The next line of the function that made a value, which is where the value is dropped."""
        return found.location if found.operation else self._end_of_call(walk)

    def _end_of_call(self, walk) -> Location | None:
        """Where the call of a layer ends that never read its weight."""
        variable = self.recording.variables[walk.weight]
        for call in self.recording.calls:
            if any(variable.is_held_by(weight) for weight in call.layer._trainable_variables):
                inside = [o for o in self.graph.operations[call.first : call.last] if o.location]
                return inside[-1].location if inside else None
        return None

    # Variables beside the weights.

    def _untracked(self):
        """Variables that the forward pass reads and the tape follows, but that belong to nobody."""
        trained = {weight for b in self.recording.backward for weight in b.weights}
        for backward in self.recording.backward:
            for number, variable in self.recording.variables.items():
                walk = Walk(self.graph, backward, number)
                if number in trained or variable.is_tracked:
                    continue
                if variable.trainable and walk.is_connected:
                    yield self._beside("missing", walk, "untracked", "warning")

    def _frozen(self):
        """Weights of layers that are switched off, and those that a layer of the user's adds as
        not trainable and reads like any other."""
        for backward in self.recording.backward:
            for number, variable in self.recording.variables.items():
                if variable.trainable or variable.is_written or not _is_parameter(variable):
                    continue
                layer = self._layer_of(variable)
                walk = Walk(self.graph, backward, number)
                if layer is None or not walk.is_connected:
                    continue
                if _is_switched_off(layer, variable) or self._creation_line(layer, variable):
                    yield self._beside("frozen", walk, "frozen", "info")

    def _beside(self, symptom, walk, cause, severity) -> Suspect:
        first = next(o for o in self.graph.read_by[walk.weight])
        suspect = self._named(symptom, walk, Blame(cause, first), severity)
        variable = self.recording.variables[walk.weight]
        layer = self._layer_of(variable)
        if layer is not None:
            suspect.layer = layer.path
            suspect.location = self._creation_line(layer, variable) or suspect.location
        return suspect

    def _layer_of(self, variable):
        """The layer, among those that were called, that holds a variable as an attribute."""
        for call in self.recording.calls:
            attributes = self.recording.attributes_of(call.layer)
            if any(variable.is_held_by(value) for value in attributes.values()):
                return call.layer
        return None

    def _creation_line(self, layer, variable) -> Location | None:
        return creation_line(layer, self.recording.attributes_of(layer), variable)

    # Scale.

    def _is_overwhelming(self, backward, weight) -> bool:
        """Whether a gradient is large beside its weight: deep nets grow, and learn all the same."""
        size = blame.norm(self.recording.variables[weight].value())
        gradient = blame.norm(backward.gradient_of(weight)) or 0.0
        return gradient > scale.OVERWHELMING * (size or 1.0)

    def _out_of_scale(self, backward):
        found = scale.hops(self.graph, backward)
        for symptom, hops in (
            ("vanishing", scale.vanished(found)),
            ("exploding", scale.exploded(found)),
        ):
            for hop in hops:
                weight = backward.weights[hop.position]
                if symptom == "exploding" and not self._is_overwhelming(backward, weight):
                    continue
                evidence = {"gradient norm": hop.norm, "at the last layer": found[-1].norm}
                suspect = self._named(
                    symptom,
                    Walk(self.graph, backward, weight),
                    Blame(symptom, self.graph.operations[hop.first], evidence),
                    "warning",
                )
                variable = self.recording.variables[weight]
                layer = self._layer_of(variable)
                line = self._creation_line(layer, variable) if layer is not None else None
                suspect.location = line or suspect.location
                yield suspect


def _named_outputs(outputs):
    if isinstance(outputs, dict):
        return list(outputs.items())
    items = outputs if isinstance(outputs, list | tuple) else [outputs]
    return [(f"output {i}" if len(items) > 1 else "the prediction", t) for i, t in enumerate(items)]


def _is_switched_off(layer, variable: Variable) -> bool:
    return not layer.trainable and variable.is_held_by(list(layer._trainable_variables))


def _is_parameter(variable: Variable) -> bool:
    return "float" in variable.dtype and "seed" not in variable.name


def _grouped(suspects) -> list[Finding]:
    """Neighboring weights with one cause at one place are one finding."""
    groups: dict[Any, list[Suspect]] = {}
    for suspect in suspects:
        place = suspect.location or suspect.layer
        operation = suspect.blame.operation
        key: tuple = (
            suspect.symptom,
            suspect.blame.cause,
            suspect.severity,
            place,
            operation and operation.type,
        )
        if suspect.symptom in ("vanishing", "exploding"):
            key = (suspect.symptom,)
        group = groups.setdefault(key, [])
        if all(suspect.weight != other.weight for other in group):
            group.append(suspect)
    return [_finding(group) for group in groups.values()]


def _finding(group: list[Suspect]) -> Finding:
    first = group[0]
    operation = first.blame.operation
    return Finding(
        symptom=first.symptom,
        cause=first.blame.cause,
        severity=first.severity,
        weights=tuple(suspect.weight for suspect in group),
        layer=first.layer,
        op=operation.type if operation else None,
        location=first.location,
        message=_message(group),
        explanation=causes.explanation(first.blame.cause, operation.spoken if operation else None),
        remedy=causes.remedy(first.blame.cause),
        evidence=first.blame.evidence | {"path": first.path},
    )


_SEEN = {
    "missing": ("gets no gradient", "get no gradient"),
    "zero": ("gets a gradient of zeros", "get a gradient of zeros"),
    "dead-channels": ("has channels without gradient", "have channels without gradient"),
    "non-finite": ("gets NaN or Inf as its gradient", "get NaN or Inf as their gradient"),
    "vanishing": ("gets almost no gradient", "get almost no gradient"),
    "exploding": ("gets a gradient that explodes", "get a gradient that explodes"),
    "frozen": ("is not trained", "are not trained"),
}


def _message(group) -> str:
    first = group[0]
    name = f"{first.weight} {first.shape}"
    if first.blame.cause == "untracked":
        return f"{name} is used but never trained"
    if len(group) == 1:
        return f"{name} {_SEEN[first.symptom][0]}"
    more = len(group) - 1
    return f"{name} and {more} more weight{'s' * (more > 1)} {_SEEN[first.symptom][1]}"
