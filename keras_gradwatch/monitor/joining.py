"""Joins findings that one fault has caused, so that it is reported once."""

import dataclasses
from collections.abc import Iterable

from keras_gradwatch.findings import SEVERITIES, Finding


def joined(findings: Iterable[Finding]) -> list[Finding]:
    """Returns one finding for each fault: the gravest and earliest leads, the others are evidence.

    Args:
        findings: Findings that stand, causes before their consequences.

    Returns:
        The findings that lead, the gravest first. Those behind one are in `evidence["also"]`, a
        symptom and a message each, and their weights are among its weights.
    """
    leading: list[Finding] = []
    for finding in sorted(findings, key=lambda f: SEVERITIES.index(f.severity)):
        for i, leader in enumerate(leading):
            if _explains(leader, finding):
                leading[i] = _together(leader, finding)
                break
        else:
            leading.append(finding)
    return leading


def is_known(reported: Finding, finding: Finding) -> bool:
    """Whether a finding says nothing new beside one that was reported before.

    A symptom whose line the batch shows is new beside another one, and so are weights beside a loss
    that was lost, or an error in another layer.
    """
    shows_line = finding.symptom in _SHOWN_BY_BATCH and reported.symptom != finding.symptom
    names_weights = bool(finding.weights) and not reported.weights
    is_elsewhere = finding.severity == "error" and not _covers(reported, finding)
    return _explains(reported, finding) and not (shows_line or names_weights or is_elsewhere)


_SHOWN_BY_BATCH = {"missing", "zero", "non-finite"}
"""Symptoms that one batch shows: the diagnosis finds their cause on a line."""


def _explains(leader, finding):
    """Whether one fault has caused both: the same symptom for the same reason, or a warning about
    layers that a finding at least as grave is about."""
    if SEVERITIES.index(leader.severity) > SEVERITIES.index(finding.severity):
        return False
    if leader.symptom == finding.symptom and leader.severity == finding.severity:
        return _reason(finding) in (_reason(leader), _NO_REASON) or _covers(leader, finding)
    if finding.severity == "warning":
        return _covers(leader, finding)
    return _says_louder(leader, finding)


def _says_louder(leader, finding):
    """Whether a louder finding says of the same weights what an information says."""
    is_alike = leader.symptom == finding.symptom and finding.cause in (leader.cause, "unknown")
    return is_alike and bool(finding.weights) and set(finding.weights) <= set(leader.weights)


_NO_REASON = ("unknown", None, "")


def _reason(finding):
    return finding.cause, finding.location, finding.explanation


def _covers(leader, finding):
    """Whether a finding is about layers of the leader only; without weights it is about all."""
    if not leader.weights:
        return True
    return bool(finding.weights) and _layers(finding) <= _layers(leader)


def _layers(finding):
    return {path.rpartition("/")[0] for path in finding.weights}


def _together(leader, finding):
    """The two as one: a cause that is known is never behind one that is not."""
    if leader.cause == "unknown" and finding.cause != "unknown":
        return dataclasses.replace(_with(finding, leader), severity=leader.severity)
    return _with(leader, finding)


def _with(leader, finding):
    also = [*leader.evidence.get("also", ())]
    if finding.message != leader.message:  # Two findings of one fault may say the same.
        also.append({"symptom": finding.symptom, "message": finding.message})
    also += finding.evidence.get("also", ())
    # A loss that is lost is about no weight in particular, whatever else is found.
    more = dict.fromkeys(finding.weights) if leader.weights else {}
    weights = tuple(dict.fromkeys(leader.weights) | more)
    evidence = leader.evidence | ({"also": also} if also else {})
    return dataclasses.replace(leader, weights=weights, evidence=evidence)
