"""Goes back to a batch that showed a finding: its data, and the weights as they were before it."""

import contextlib

from keras_gradwatch import diagnosis
from keras_gradwatch.backends import backend


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
    """The findings with their cause, searched for on the batch of the sample."""
    with before_the_batch(sample.snapshot):
        return diagnosis.explain(model, sample.data, findings, _state(sample.snapshot))


def examine(model, sample):
    """All that is wrong on the batch of a sample, whether a rule has seen it or not."""
    with before_the_batch(sample.snapshot):
        return diagnosis.examine(model, sample.data, _state(sample.snapshot)).findings


def explain_error(model, snapshot, data, error):
    """Findings that say why a step raised."""
    with before_the_batch(snapshot):
        return diagnosis.explain_error(model, data, error, _state(snapshot))


def _state(snapshot):
    """The state of the training, where a train step is given one."""
    return snapshot if backend().IS_STATELESS else None
