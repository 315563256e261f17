"""`diagnose`: one batch, and everything that is wrong with its gradients."""

import dataclasses
from typing import Any

from keras_gradwatch.backends import backend
from keras_gradwatch.diagnosis.batch import check_model, first_batch
from keras_gradwatch.diagnosis.examine import LOOKED_AT, answers, examine, of_raised
from keras_gradwatch.findings import Finding


@dataclasses.dataclass(frozen=True)
class Diagnosis:
    """What `diagnose` found.

    Args:
        findings: The findings, the gravest first.
        coverage: Path of each trainable weight, and whether its gradient was looked at.
        notes: What else was not looked at, a sentence each.
        error: What the train step raised, or `None`.
    """

    findings: list[Finding]
    coverage: dict[str, str]
    notes: tuple[str, ...] = ()
    error: Exception | None = None

    @property
    def verdict(self) -> str:
        """`"unhealthy"`, `"inconclusive"` where something was not looked at, or `"healthy"`."""
        if any(finding.is_loud for finding in self.findings):
            return "unhealthy"
        return "inconclusive" if self._gaps() else "healthy"

    @property
    def healthy(self) -> bool:
        """Whether every weight was looked at, and nothing is wrong."""
        return self.verdict == "healthy"

    def __str__(self) -> str:
        return "\n\n".join([*map(str, self.findings), *self._summary()])

    def to_pandas(self):
        """Returns the findings as a `pandas.DataFrame`, a row each."""
        import pandas as pd

        return pd.DataFrame([finding.to_dict() for finding in self.findings])

    def _repr_html_(self) -> str:
        found = [finding._repr_html_() for finding in self.findings]
        return "\n".join([*found, *(f"<p>{line}</p>" for line in self._summary())])

    def _summary(self) -> list[str]:
        """The verdict in a sentence, unless it is unhealthy and the findings tell it."""
        if self.verdict == "unhealthy":
            return []
        if self.verdict == "inconclusive":
            return [f"Inconclusive: {'; '.join(self._gaps())}."]
        text = f"Healthy: all {len(self.coverage)} trainable weights receive a finite gradient"
        zeros = {path for f in self.findings if f.symptom == "zero" for path in f.weights}
        return [f"{text}, {len(zeros)} of them zeros on this batch." if zeros else f"{text}."]

    def _gaps(self) -> list[str]:
        """What was not looked at, in the words of the reasons."""
        if not self.coverage and not self.notes:
            return ["the model has no trainable weight"]
        reasons: dict[str, list[str]] = {}
        for path, reason in self.coverage.items():
            if reason != LOOKED_AT:
                reasons.setdefault(reason, []).append(path)
        gaps = [f"{_named(paths)} {reason.rstrip('.')}" for reason, paths in reasons.items()]
        return [*gaps, *self.notes]


def diagnose(model, x, y=None, sample_weight=None, *, numeric: bool = False) -> Diagnosis:
    """Says what is wrong with the gradients of a model on one batch, why, and where.

    The model's own train step runs once. No update is applied; all state of the model is restored:
    weights, metrics, optimizer, batch normalization and random numbers. A model that is not built
    yet is built, as by the first batch of `fit`.

    Args:
        model: A compiled model.
        x: Inputs of one batch, as for `model.train_on_batch`; or batches, as for `model.fit`, of
            which the first is taken: a `tf.data.Dataset`, a `PyDataset`, a `DataLoader`, or a
            generator, which loses it.
        y: Targets; `None` where `x` gives batches.
        sample_weight: Weights of the rows.
        numeric: Whether each custom gradient is compared with finite differences.

    Returns:
        A `Diagnosis`.

    Raises:
        ValueError: If the model is not compiled, or the data are no batch.

    Example:

    ```python
    diagnosis = diagnose(model, x[:32], y[:32])
    print(diagnosis)
    assert diagnosis.healthy
    ```
    """
    check_model(model, x, y, sample_weight)
    data = first_batch(x, y, sample_weight)
    examination = examine(model, data)
    findings = examination.findings
    notes: list[str] = []
    if numeric and examination.error is None:
        wrong, notes = backend().check_custom_gradients(model, data)
        findings = [*wrong, *findings]
    return Diagnosis(findings, examination.coverage, tuple(notes), examination.error)


def explain(model, data, findings: list[Finding], state: Any = None) -> list[Finding]:
    """Puts causes to findings that rules made.

    Args:
        model: The model, in the state before the batch.
        data: The batch, as `train_step` got it.
        findings: Findings of rules, with the weights and the symptom.
        state: The state of the training where the train step is given one.

    Returns:
        What to report instead: findings with a cause where the batch shows one, the others as
        they were.
    """
    found = answers(model, data, findings, state)
    reported: list[Finding] = []
    for finding in findings:
        about = [_dated(f, finding) for f in found if _is_about(f, finding)]
        known = {path for f in about for path in f.weights}
        left = tuple(path for path in finding.weights if path not in known)
        reported += about
        if left or not finding.weights:
            reported.append(dataclasses.replace(finding, weights=left))
    return _unique(reported)


def explain_error(model, data, error: Exception, state: Any = None) -> list[Finding]:
    """Says why a train step raised.

    Args:
        model: The model, in the state before the batch.
        data: A batch.
        error: What the step raised.
        state: The state of the training where the train step is given one.

    Returns:
        The findings, none where the error has nothing to do with gradients.
    """
    raised = of_raised(model, error)
    if raised.cause != "step-raises":
        return [raised]
    return [f for f in examine(model, data, state).findings if f.cause != "step-raises"]


def _named(paths: list[str]) -> str:
    """Up to five weights by name, more by number."""
    return ", ".join(paths) if len(paths) <= 5 else f"{len(paths)} weights"


def _is_about(found: Finding, finding: Finding) -> bool:
    # A rectifier of another width is not the one whose channels are dead.
    channels = [f.evidence.get("channels") for f in (found, finding)]
    has_other_width = None not in channels and channels[0] != channels[1]
    is_alike = found.symptom == finding.symptom and not has_other_width
    return is_alike and bool(set(found.weights) & set(finding.weights))


def _dated(found: Finding, finding: Finding) -> Finding:
    """A rule has watched for longer: only of a missing gradient one batch knows how grave it is."""
    severity = found.severity if found.symptom == "missing" else finding.severity
    evidence = finding.evidence | found.evidence
    dated = dataclasses.replace(
        found, severity=severity, evidence=evidence, step=finding.step, epoch=finding.epoch
    )
    if found.symptom != "dead-channels":
        return dated
    # Which channels are dead is known over many batches only: the numbers are those of the rule.
    numbers = dataclasses.replace(dated, message=finding.message, layer=finding.layer)
    return dataclasses.replace(numbers, evidence=found.evidence | finding.evidence)


def _unique(findings):
    seen: list[Finding] = []
    for finding in findings:
        if finding not in seen:
            seen.append(finding)
    return seen
