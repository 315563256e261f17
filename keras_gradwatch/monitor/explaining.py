"""Goes back to a batch that showed a finding: its data, and the weights as they were before it."""

import contextlib

from keras_gradwatch import diagnosis
from keras_gradwatch.backends import backend
from keras_gradwatch.findings import Finding


@contextlib.contextmanager
def before_the_batch(snapshot):
    """Gives the variables the values of a snapshot, for as long as the block runs."""
    now = backend().snapshot_again(snapshot)
    try:
        backend().restore(snapshot)
        yield
    finally:
        backend().restore(now)


def next_batch(args):
    """One more batch of the data that `fit` passes to its train function, or `None`."""
    try:
        return next(iter(args[-1]))
    except Exception:  # Data that cannot be read is the reason why there is no batch.
        return None


def explain(model, sample, findings):
    """The findings with their cause, searched for on the batch of the sample.

    Args:
        model: The model.
        sample: The sample.
        findings: What the rules found.
    """
    snapshot = sample.snapshot or _rescued(model, sample)
    with before_the_batch(snapshot):
        return diagnosis.explain(model, sample.data, findings, _state(snapshot))


def _rescued(model, sample):
    """The values that the step gave because its update spoils them, or none."""
    snapshots = (backend().rescued(model, values) for values in sample.rescued)
    return next(filter(None, snapshots), ())


def explain_news(model, pipeline, say) -> list[Finding]:
    """Takes the new findings of a pipeline, searches their causes, and puts them in their place.

    Args:
        model: The model.
        pipeline: The `Pipeline`.
        say: Is called with a sentence where the search fails.

    Returns:
        The findings, each with its cause where its batch shows one.
    """
    found: list[Finding] = []
    for sample, findings in pipeline.take_new():
        explained = None
        if sample.data is not None:
            explained = safely(say, explain, model, sample, findings)
        if explained is not None:
            pipeline.replace(findings, explained)
        found += findings if explained is None else explained
    return found


def safely(say, task, *args):
    """Runs a task of ours in the middle of a training: what it raises is said, and no more."""
    try:
        return task(*args)
    except Exception as error:
        say(f"could not search for a cause after {type(error).__name__}: {error}")
        return None


def find_unseen(model, sample, record, is_watched) -> list[Finding]:
    """Finds what is wrong on the batch of a sample and no rule sees.

    Args:
        model: The model.
        sample: The `Sample`.
        record: The `Record` of it, or `None`: the rules see its weights.
        is_watched: Function of a variable that says whether the user wants it watched.
    """
    with before_the_batch(sample.snapshot):
        found = diagnosis.examine(model, sample.data, _state(sample.snapshot)).findings
    seen = {weight.path for weight in record.weights} if record else set()
    unwanted = {v.path for v in model.trainable_variables if not is_watched(v)}
    return [
        finding
        for finding in found
        if not seen.intersection(finding.weights)
        and not (finding.weights and unwanted.issuperset(finding.weights))
    ]


def explain_error(model, snapshot, data, error):
    """Findings that say why a step raised."""
    with before_the_batch(snapshot):
        return diagnosis.explain_error(model, data, error, _state(snapshot))


def _state(snapshot):
    """The state of the training, where a train step is given one."""
    return snapshot if backend().IS_STATELESS else None
