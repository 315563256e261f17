"""Findings about shapes and about hand-written gradients: what was promised and not kept."""

import keras

from keras_gradwatch.diagnosis import causes
from keras_gradwatch.diagnosis.broadcasts import crossings
from keras_gradwatch.diagnosis.contracts import broken_promise
from keras_gradwatch.findings import Finding


def findings(recording, data) -> list[Finding]:
    """Broken shapes, targets that broadcast, and wrong custom gradients."""
    return [*_shapes(recording), *_targets(recording, data), *_gradients(recording)]


def _shapes(recording):
    seen = set()
    for call in recording.calls:
        if call.layer.path in seen:
            continue
        broken = broken_promise(call.layer, call.arguments, call.outputs)
        if broken is not None:
            seen.add(call.layer.path)
            yield Finding(
                symptom="shape",
                cause="shape-contract",
                severity="warning",
                layer=call.layer.path,
                location=broken.location,
                message=f"{call.layer.path} declares {broken.declared} "
                f"and produces {broken.produced}",
                explanation=causes.explanation("shape-contract", None),
                remedy=causes.remedy("shape-contract"),
                evidence={"declared": str(broken.declared), "produced": str(broken.produced)},
            )


def _targets(recording, data):
    given = [recording.number_of(v) for v in keras.tree.flatten(data) if v is not None]
    for backward in recording.backward:
        graph = recording.graph
        for operation in crossings(graph, backward.losses, given, backward.weights):
            shapes = [graph.value_of(v).shape for v in (*operation.inputs, *operation.outputs)]
            yield Finding(
                symptom="shape",
                cause="shape-contract",
                severity="warning",
                layer=operation.layer,
                op=operation.type,
                location=operation.location,
                message=f"the target of shape {shapes[0]} broadcasts against the prediction "
                f"of shape {shapes[1]} to {shapes[2]}",
                explanation=causes.explanation("shape-contract", operation),
                remedy=causes.remedy("shape-contract"),
                evidence={"shapes": [list(shape) for shape in shapes]},
            )
            return


def _gradients(recording):
    if not recording.custom_calls:
        return
    from keras_gradwatch.diagnosis.custom_gradients import CustomGradient
    from keras_gradwatch.diagnosis.numeric import fault

    for call in recording.custom_calls:
        try:
            found = fault(CustomGradient(call))
        except Exception:  # A gradient that cannot be taken apart is not judged.
            continue
        if found is not None:
            yield Finding(
                symptom="wrong",
                cause="wrong-derivative",
                severity="error",
                location=found.location,
                message="a custom gradient is not the derivative of its forward pass",
                explanation=causes.explanation("wrong-derivative", None),
                remedy=causes.remedy("wrong-derivative"),
                evidence=found.evidence,
            )
