"""One trial of a model's train step, and what it shows."""

import numpy as np

from keras_gradwatch.diagnosis import causes, source
from keras_gradwatch.diagnosis.operations import TO_NUMPY
from keras_gradwatch.backends.tensorflow.recorder import Recorder, Recording
from keras_gradwatch.diagnosis.search import Search
from keras_gradwatch.findings import Finding
from keras_gradwatch.optimizers import find_optimizers
from keras_gradwatch.weights import unique_paths


def findings(model, data) -> list[Finding]:
    """Runs the train step once on a batch and returns what is wrong.

    Args:
        model: The compiled model.
        data: The batch, as `train_step` gets it.
    """
    recording = _recorded(model, data)
    found = Search(model, recording, data).findings()
    error = recording.error or _error_of_trace(model, recording, data)
    if error is not None and not any(f.is_loud for f in found):
        found = [*_of_raised(model, error), *found]
    return found


def _error_of_trace(model, recording, data) -> Exception | None:
    """What a compiled step raises that takes values to NumPy: the trial is eager, and does not."""
    takes_out = any(o.type == TO_NUMPY for o in recording.graph.operations)
    return Recorder(model).trace(data) if takes_out and not model.run_eagerly else None


def answers(model, data, asked: list[Finding]) -> list[Finding]:
    """What one run of the train step says of findings of rules.

    Args:
        model: The compiled model.
        data: The batch, as `train_step` gets it.
        asked: The findings of the rules.
    """
    search = Search(model, _recorded(model, data), data)
    dying = {path for f in asked if f.symptom == "dead-channels" for path in f.weights}
    return [*search.findings(), *search.dead_channels(dying)]


def of_error(model, data, error: Exception) -> list[Finding]:
    """Says why a step raised while it was traced or run."""
    return _of_raised(model, error) or findings(model, data)


def _recorded(model, data) -> Recording:
    """A run with the model's loss scale, unless that alone makes a gradient overflow."""
    recording = Recorder(model).run(data)
    if any(hasattr(o, "dynamic_scale") for o in find_optimizers(model)) and _overflows(recording):
        return Recorder(model, ignore_scale=True).run(data)
    return recording


def _overflows(recording) -> bool:
    gradients = (b.gradient_of(w) for b in recording.backward for w in b.weights)
    return any(g is not None and not np.isfinite(g).all() for g in gradients)


_HOST = ("numpy()", "has no attribute 'numpy'", "to a numpy array", "NumPy array", "__array__")


def _of_raised(model, error) -> list[Finding]:
    """A finding when the text of an error shows that a value was to leave the graph."""
    if not any(text in str(error) for text in _HOST):
        return []
    lines = source.of_traceback(error)
    paths = tuple(unique_paths(model.trainable_variables).values())
    return [
        Finding(
            symptom="missing",
            cause="host-call",
            severity="error",
            weights=paths,
            location=lines[0] if lines else None,
            message="The train step raises where a value leaves the graph",
            explanation=causes.explanation("host-call", None),
            remedy=causes.remedy("host-call"),
            evidence={"error": f"{type(error).__name__}: {str(error)[:200]}"},
        )
    ]
