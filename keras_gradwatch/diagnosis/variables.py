"""Variables that the loss depends on and that are not trained: untracked, or frozen."""

from typing import Any

import keras

from keras_gradwatch.diagnosis import causes
from keras_gradwatch.diagnosis.graph import Operation
from keras_gradwatch.findings import Finding
from keras_gradwatch.weights import unique_paths


def findings(model, recording) -> list[Finding]:
    """A finding for each line that reads an untracked variable, and one for each frozen layer."""
    if not recording.backward:
        return []
    paths = unique_paths(model.variables)
    trained = {number for backward in recording.backward for number in backward.weights}
    found: dict[Any, Finding] = {}
    for number, variable in recording.variables.items():
        reads = recording.graph.read_by.get(number, [])
        if number in trained or not reads or not _matters(recording, number):
            continue
        finding = _finding(model, paths.get(id(variable)), variable, reads[0])
        if finding is not None:
            key = (finding.cause, finding.location or finding.layer)
            found[key] = _joined(found.get(key), finding)
    return list(found.values())


def _matters(recording, number) -> bool:
    """Whether a loss depends on the variable, and would give it a gradient."""
    after = recording.graph.after([number])
    for backward in recording.backward:
        values = [v for o in recording.graph.read_by[number] for v in o.outputs]
        if any(loss in after for loss in backward.losses) and any(
            backward.gradient_of(v) is not None for v in values
        ):
            return True
    return False


def _finding(model, path, variable, read: Operation) -> Finding | None:
    if path is None:
        return _told("untracked", "warning", getattr(variable, "path", variable.name), read)
    owner = _owner(model, variable)
    if owner is None or type(owner).__module__.startswith("keras.") and owner.trainable:
        return None  # Statistics of normalization layers and the like.
    if variable.overwrite_with_gradient:
        return None
    return _told("frozen", "info", path, read)


def _owner(model, variable):
    for layer in model._flatten_layers():
        if any(v is variable for v in layer._trainable_variables + layer._non_trainable_variables):
            return layer
    return None


def _told(cause, severity, path, read) -> Finding:
    return Finding(
        symptom="missing" if cause == "untracked" else "frozen",
        cause=cause,
        severity=severity,
        weights=(path,),
        layer=read.layer,
        op=read.type,
        location=read.location,
        message=f"{path} is read by the forward pass and is not trained",
        explanation=causes.explanation(cause, read),
        remedy=causes.remedy(cause),
        evidence={"read by the forward pass": True, "reached by the gradient": True},
    )


def _joined(first: Finding | None, second: Finding) -> Finding:
    import dataclasses

    if first is None:
        return second
    return dataclasses.replace(first, weights=first.weights + second.weights)


__all__ = ["findings", "keras"]
