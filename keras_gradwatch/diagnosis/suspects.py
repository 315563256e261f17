"""Weights with one cause at one place become one finding, in words."""

import dataclasses
from collections.abc import Callable
from typing import Any

from keras_gradwatch.diagnosis import repair
from keras_gradwatch.diagnosis.path import path_of
from keras_gradwatch.diagnosis.verdict import Blame
from keras_gradwatch.diagnosis.walk import Walk
from keras_gradwatch.explanations import causes
from keras_gradwatch.findings import Finding, Location


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
        walk: The way of the gradient to the weight.
        check: Adds to the blame what an intervention shows, see `intervention`; `None` for nothing.
    """

    symptom: str
    weight: str
    shape: tuple
    blame: Blame
    location: Location | None
    layer: str | None
    severity: str
    walk: Walk
    check: Callable[[Walk, str, Blame], Blame] | None = None


def grouped(suspects) -> list[Finding]:
    """Returns one finding for the weights that share symptom, cause, severity and place.

    Args:
        suspects: The suspects.
    """
    groups: dict[Any, list[Suspect]] = {}
    for suspect in suspects:
        group = groups.setdefault(_key(suspect), [])
        if all(suspect.weight != other.weight for other in group):
            group.append(suspect)
    return [_finding(group) for group in groups.values()]


def _key(suspect: Suspect) -> tuple:
    if suspect.symptom in ("vanishing", "exploding"):
        return (suspect.symptom,)
    operation = suspect.blame.operation
    place = suspect.location or (suspect.layer, operation and operation.type)
    return (suspect.symptom, suspect.blame.cause, suspect.severity, place)


def _finding(group: list[Suspect]) -> Finding:
    """What is worked out here is so once for a finding, not for each of its weights."""
    first = group[0]
    walk, blame, operation = first.walk, first.blame, first.blame.operation
    if first.check is not None:
        blame = first.check(walk, first.weight, blame)
    path = path_of(walk.graph, walk.backward, walk, first.weight, operation)
    spoken = operation.spoken if operation else None
    return Finding(
        symptom=first.symptom,
        cause=blame.cause,
        severity=first.severity,
        weights=tuple(suspect.weight for suspect in group),
        layer=first.layer,
        op=operation.type if operation else None,
        location=first.location,
        message=_message(group),
        explanation=blame.because or causes.explanation(blame.cause, spoken),
        remedy=blame.fix or causes.remedy(blame.cause),
        evidence=blame.evidence | _repair(first) | {"path": path},
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
    """The culprit and how many weights suffer; the weight itself where it is a single one."""
    first = group[0]
    if first.blame.cause == "untracked":
        return f"{first.weight} {first.shape} is used but never trained"
    if len(group) == 1:
        return f"{first.weight} {first.shape} {_SEEN[first.symptom][0]}"
    culprit, suffer = _culprit(first), _SEEN[first.symptom][1]
    if culprit is None:
        more = len(group) - 1
        return f"{first.weight} {first.shape} and {more} more weight{'s' * (more > 1)} {suffer}"
    return f"{culprit} {causes.CULPRITS[first.blame.cause]}: {len(group)} weights {suffer}"


def _culprit(suspect: Suspect) -> str | None:
    """The layer, or the function of the user's, that holds the operation to blame."""
    operation = suspect.blame.operation
    if suspect.blame.cause not in causes.CULPRITS or operation is None:
        return None
    if operation.layer:
        return f"`{operation.layer.rpartition('/')[2]}`"
    return f"`{suspect.location.function}`" if suspect.location else None


def _repair(suspect: Suspect) -> dict[str, Any]:
    line = suspect.location.text if suspect.location else ""
    repaired = repair.repaired(suspect.blame.cause, line)
    return {"repair": [line.strip(), repaired]} if repaired else {}
