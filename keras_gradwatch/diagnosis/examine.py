"""From a model and a batch to findings: records a step, asks every question, and orders the answers."""

import dataclasses
from collections.abc import Sequence

import keras
import tensorflow as tf

from keras_gradwatch.diagnosis import causes, promises, search, source, variables
from keras_gradwatch.diagnosis.graph import Operation
from keras_gradwatch.diagnosis.recorder import Recorder, Recording, TooLarge
from keras_gradwatch.diagnosis.result import Diagnosis
from keras_gradwatch.findings import SEVERITIES, Finding
from keras_gradwatch.weights import unique_paths


def batch(x, y, sample_weight):
    """A batch as `train_step` gets it from `fit`, with the same types."""
    data = keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
    return keras.tree.map_structure(_tensor, data)


def _tensor(value):
    tensor = tf.convert_to_tensor(value)
    floatx = tf.as_dtype(keras.config.floatx())
    return tf.cast(tensor, floatx) if tensor.dtype == tf.float64 else tensor


def diagnosis(model, data, numeric: bool) -> Diagnosis:
    """Everything that one batch shows."""
    try:
        recording = Recorder(model, ignore_scale=True, numeric=numeric).run(data)
    except TooLarge as error:
        return Diagnosis([], [f"Not searched: {error}"])
    found = search.findings_of(recording, search.symptoms(recording), _owners(model))
    found += variables.findings(model, recording)
    found += promises.findings(recording, data)
    if recording.error is not None and not any(f.is_loud for f in found):
        found += _of_error(recording.error)
    return Diagnosis(sorted(found, key=_loudness), _coverage(recording))


def explained(model, data, findings: Sequence[Finding]) -> list[Finding]:
    """Findings of rules with the causes that the batch shows."""
    recording = Recorder(model, ignore_scale=True).run(data)
    asked = list(search.questions(recording, findings))
    found = search.findings_of(recording, asked, _owners(model))
    known = {path for finding in found if finding.cause != "unknown" for path in finding.weights}
    given = {path: finding for finding in findings for path in finding.weights}
    told = [
        _as_told(finding, given) for finding in found if finding.cause != "unknown"
    ]
    return told + [f for f in findings if not f.weights or not known.issuperset(f.weights)]


def _as_told(finding: Finding, given: dict[str, Finding]) -> Finding:
    """Keeps what the rule knows: the symptom, how loud it is, when it was seen."""
    first = given[finding.weights[0]]
    return dataclasses.replace(
        finding,
        symptom=first.symptom,
        severity=first.severity,
        message=search.message(finding.weights, first.symptom),
        evidence=first.evidence | finding.evidence,
        step=first.step,
        epoch=first.epoch,
    )


def raised(model, data, error: Exception) -> list[Finding]:
    """Why a step raised: what its recording shows, or else the user's line that raised."""
    found = [f for f in diagnosis(model, data, numeric=False).findings if f.is_loud]
    return found or _of_error(error)


def _of_error(error: Exception) -> list[Finding]:
    lines = source.of_traceback(error)
    is_host = isinstance(error, (NotImplementedError, AttributeError)) and "numpy" in str(error)
    cause = "host-call" if is_host else "unknown"
    return [
        Finding(
            symptom="missing",
            cause=cause,
            severity="error",
            location=lines[0] if lines else None,
            message=f"The step raised {type(error).__name__}",
            explanation=causes.explanation(cause, None),
            remedy=causes.remedy(cause),
            evidence={"raised": f"{type(error).__name__}: {error}"[:500]},
        )
    ]


def _owners(model) -> dict[str, str]:
    paths = unique_paths(model.variables)
    return {path: path.rpartition("/")[0] or path for path in paths.values()}


def _loudness(finding: Finding) -> int:
    return SEVERITIES.index(finding.severity)


def _coverage(recording: Recording) -> list[str]:
    steps = f"{len(recording.graph.operations)} operations of one step, "
    return [steps + f"{len(recording.backward)} call(s) of a gradient tape for weights."]


__all__ = ["Operation", "batch", "diagnosis", "explained", "raised"]
