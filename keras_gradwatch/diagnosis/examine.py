"""Runs a train step once on a batch, and says what is wrong with its gradients."""

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

import keras

from keras_gradwatch.backends import backend
from keras_gradwatch.diagnosis.search import Search
from keras_gradwatch.explanations import causes
from keras_gradwatch.findings import Finding
from keras_gradwatch.optimizers import find_optimizers
from keras_gradwatch.recording import kinds, source
from keras_gradwatch.recording.recording import NotRecorded, Recording
from keras_gradwatch.weights import unique_paths

LOOKED_AT = "looked at"


@dataclasses.dataclass(frozen=True)
class Examination:
    """What one batch shows.

    Args:
        findings: What is wrong, the gravest first.
        coverage: Path of each trainable weight: `LOOKED_AT`, or why not.
        error: What the step raised, or `None`.
    """

    findings: list[Finding]
    coverage: dict[str, str]
    error: Exception | None = None


def examine(model, data, state: Any = None) -> Examination:
    """Runs the train step once on a batch.

    Args:
        model: The compiled model.
        data: The batch, as `train_step` gets it.
        state: The state of the training where the step is given one; `None` for the model's own.
    """
    try:
        recording = _record(model, data, state)
    except NotRecorded as reason:
        return Examination([], dict.fromkeys(_paths(model), f"not looked at: {reason}"))
    found = Search(model, recording).findings()
    error = recording.error or _error_of_trace(model, recording, data)
    if error is not None:
        found = [_of_all(model, finding) for finding in found]
    if not any(finding.is_loud for finding in found):
        if error is not None:
            found = [of_raised(model, error), *found]
        elif not model.trainable_variables and model.variables:
            found = [_all_frozen(model), *found]
    coverage = _coverage(model, recording, error)
    if _all_unexplained(found, coverage):
        why = "not looked at: this batch gives every weight a gradient of zeros"
        coverage = dict.fromkeys(coverage, why)
    return Examination(found, coverage, error)


def answers(model, data, asked: list[Finding], state: Any = None) -> list[Finding]:
    """What one run of the train step says of findings of rules.

    Args:
        model: The compiled model.
        data: The batch, as `train_step` gets it.
        asked: The findings of the rules.
        state: As for `examine`.
    """
    search = Search(model, _record(model, data, state))
    dying = {path for f in asked if f.symptom == "dead-channels" for path in f.weights}
    found = [f for f in search.findings() if f.symptom != "dead-channels"]
    return [*found, *search.dead_channels(dying)]


def of_raised(model, error: Exception) -> Finding:
    """Says that the step raised: where, and whether a value was to leave the graph.

    Args:
        model: The model.
        error: What the step raised.
    """
    chain = list(_chain(error))
    if any(_NO_LOSS in str(e) for e in chain):
        return _raised(model, error, "missing", "no-loss", "The model is compiled without a loss")
    host = next((e for e in chain if any(text in str(e) for text in _HOST)), None)
    if host is not None:
        message = "The train step raises where a value leaves the graph"
        return _raised(model, host, "missing", "host-call", message)
    message = f"The train step raises {_in_words(chain[0])}"
    return _raised(model, chain[0], "raises", "step-raises", message)


def _raised(model, error, symptom, cause, message) -> Finding:
    lines = next((lines for lines in map(source.of_traceback, _chain(error)) if lines), ())
    return Finding(
        symptom=symptom,
        cause=cause,
        severity="error",
        weights=_paths(model),
        location=lines[0] if lines else None,
        message=message,
        explanation=causes.explanation(cause),
        remedy=causes.remedy(cause),
        evidence={"error": _in_words(error)},
    )


def _of_all(model, finding: Finding) -> Finding:
    """A broken shape contract in a step that raises: no weight gets a gradient."""
    if finding.cause != "shape-contract" or finding.weights:
        return finding
    return dataclasses.replace(finding, weights=_paths(model))


def _all_frozen(model) -> Finding:
    """The finding about a model of which no weight is trainable."""
    off = [layer.path for layer in model._flatten_layers() if not layer.trainable]
    return Finding(
        symptom="frozen",
        cause="frozen",
        severity="error",
        weights=tuple(unique_paths(model.weights).values()),
        layer=off[0] if off else None,
        message=f"No weight of {model.name} is trainable: `fit` changes nothing",
        explanation="`trainable` is False on the model or on each of its layers; "
        "on the model it rules over all layers, also over those that are switched on again",
        remedy="`model.trainable = True`, then switch off the layers that are to stay, and compile",
        evidence={"switched off": off},
    )


def _record(model, data, state) -> Recording:
    """A run with the model's loss scale, unless that alone makes a gradient overflow."""
    options = {} if state is None else {"state": state}
    recording = backend().record(model, data, **options)
    scales = [
        optimizer
        for optimizer in find_optimizers(model)
        if isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    ]
    if scales and recording.overflows:
        return backend().record(model, data, ignore_scale=True, **options)
    return recording


def _error_of_trace(model, recording, data) -> Exception | None:
    """What a compiled step raises that takes values to NumPy: a run of it does not."""
    takes_out = any(o.kind == kinds.TO_NUMPY for o in recording.graph.operations)
    return backend().traced_error(model, data) if takes_out else None


def _coverage(model, recording, error) -> dict[str, str]:
    asked = {path for backward in recording.backward for path in backward.paths}
    reason = "not looked at: the train step raises" if error is not None else None
    if reason is None:
        reason = "not looked at: the train step asks for no gradient of it"
    return {path: LOOKED_AT if path in asked else reason for path in _paths(model)}


def _all_unexplained(found: list[Finding], coverage: dict[str, str]) -> bool:
    """Whether no weight gets anything but zeros, and nothing says why: an empty batch, a hinge."""
    zeros = {path for f in found if f.cause == "unknown" for path in f.weights}
    return bool(coverage) and zeros.issuperset(coverage)


def _paths(model) -> tuple[str, ...]:
    trainable = {id(variable) for variable in model.trainable_variables}
    paths = unique_paths(model.variables)
    return tuple(path for identity, path in paths.items() if identity in trainable)


_NO_LOSS = "No loss to compute"
"""Keras says so. A custom step needs no loss in `compile`, and may raise anything."""
_HOST = ("numpy()", "has no attribute 'numpy'", "to a numpy array", "NumPy array", "__array__")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that it came from: Keras replaces some by others."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _in_words(error) -> str:
    """The kind of an error and what it says first, without the heading that Keras puts before."""
    lines = [_STYLE.sub("", line).strip() for line in str(error).splitlines()]
    said = [line for line in lines if line and not line.startswith(_HEADING)]
    return f"{type(error).__name__}: {next(iter(said), '')[:200]}"


_HEADING = "Exception encountered when calling"
_STYLE = re.compile(r"\x1b\[[\d;]*m")
