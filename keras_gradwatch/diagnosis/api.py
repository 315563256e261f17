"""`diagnose`: one batch, and everything that is wrong with its gradients."""

import dataclasses

import keras

from keras_gradwatch.findings import Finding
from keras_gradwatch.weights import unique_paths


@dataclasses.dataclass(frozen=True)
class Diagnosis:
    """What `diagnose` found.

    Args:
        findings: The findings, the gravest first.
        coverage: Path of each weight, and whether its gradient was looked at.
    """

    findings: list[Finding]
    coverage: dict[str, str]

    @property
    def healthy(self) -> bool:
        """Whether there is no finding of severity error or warning."""
        return not any(finding.is_loud for finding in self.findings)

    def __str__(self) -> str:
        if not self.findings:
            seen = sum(text == "looked at" for text in self.coverage.values())
            if seen < len(self.coverage):
                return f"{len(self.coverage) - seen} weights {next(iter(self.coverage.values()))}"
            return f"Healthy: {seen} weights get the gradient they should."
        return "\n\n".join(str(finding) for finding in self.findings)

    def to_pandas(self):
        """Returns the findings as a `pandas.DataFrame`, a row each."""
        import pandas as pd

        return pd.DataFrame([finding.to_dict() for finding in self.findings])

    def _repr_html_(self) -> str:
        if not self.findings:
            return f"<p>{self}</p>"
        return "\n".join(finding._repr_html_() for finding in self.findings)


def diagnose(model, x, y=None, sample_weight=None, *, numeric: bool = False) -> Diagnosis:
    """Says what is wrong with the gradients of a model on one batch, why, and where.

    The model's own train step runs once, and nothing is applied: weights, metrics, optimizer, batch
    normalization and random numbers are afterwards as they were. A model that is not built yet is
    built, as by the first batch of `fit`.

    Args:
        model: A compiled model.
        x: Inputs of one batch, as for `model.train_on_batch`.
        y: Targets.
        sample_weight: Weights of the rows.
        numeric: Whether each custom gradient is compared with finite differences.

    Returns:
        A `Diagnosis`.

    Raises:
        ValueError: If the model is not compiled.

    Example:

    ```python
    diagnosis = diagnose(model, x[:32], y[:32])
    print(diagnosis)
    assert diagnosis.healthy
    ```
    """
    if not getattr(model, "compiled", False):
        raise ValueError(f"`model` must be compiled. Received: model={model}")
    _check_backend()
    from keras_gradwatch.diagnosis import step
    from keras_gradwatch.backends.tensorflow.recorder import TooLarge

    data = keras.tree.map_structure(keras.ops.convert_to_tensor, _packed(x, y, sample_weight))
    try:
        findings, seen = step.findings(model, data), "looked at"
    except TooLarge as error:
        findings, seen = [], f"not looked at: {error}"
    if numeric:
        from keras_gradwatch.backends.tensorflow.numeric import check

        findings = [*check(model, data), *findings]
    names = unique_paths(model.trainable_variables).values()
    return Diagnosis(findings, dict.fromkeys(names, seen))


def explain(model, data, findings: list[Finding]) -> list[Finding]:
    """Puts causes to findings that rules made.

    Args:
        model: The model, in the state before the batch.
        data: The batch, as `train_step` got it.
        findings: Findings of rules, with the weights and the symptom.

    Returns:
        What to tell instead: findings with a cause where the batch shows one, the others as
        they were.
    """
    _check_backend()
    from keras_gradwatch.diagnosis import step

    found = step.answers(model, data, findings)
    told: list[Finding] = []
    for finding in findings:
        about = [_dated(f, finding) for f in found if _is_about(f, finding)]
        known = {path for f in about for path in f.weights}
        left = tuple(path for path in finding.weights if path not in known)
        told += about
        if left or not finding.weights:
            told.append(dataclasses.replace(finding, weights=left))
    return _unique(told)


def explain_error(model, data, error: Exception) -> list[Finding]:
    """Says why a train step raised.

    Args:
        model: The model, in the state before the batch.
        data: A batch.
        error: What the step raised.

    Returns:
        The findings, none where the error has nothing to do with gradients.
    """
    _check_backend()
    from keras_gradwatch.diagnosis import step

    return step.of_error(model, data, error)


def _packed(x, y, sample_weight):
    return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)


def _check_backend():
    if keras.backend.backend() != "tensorflow":
        raise NotImplementedError(
            "The diagnosis needs the TensorFlow backend. "
            f"Received: keras.backend.backend()={keras.backend.backend()!r}"
        )


def _is_about(found: Finding, finding: Finding) -> bool:
    return found.symptom == finding.symptom and bool(set(found.weights) & set(finding.weights))


def _dated(found: Finding, finding: Finding) -> Finding:
    """A rule has watched for longer: only of a missing gradient one batch knows how grave it is."""
    severity = found.severity if found.symptom == "missing" else finding.severity
    evidence = finding.evidence | found.evidence
    return dataclasses.replace(
        found, severity=severity, evidence=evidence, step=finding.step, epoch=finding.epoch
    )


def _unique(findings):
    seen: list[Finding] = []
    for finding in findings:
        if finding not in seen:
            seen.append(finding)
    return seen
