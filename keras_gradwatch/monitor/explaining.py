"""Goes back to a batch that showed a finding: to its data, and to the weights where they are kept.

Only of the first batch, and where updates may be taken back, the weights of before are kept. Those
of now show the same cause, unless they are not finite any more.
"""

import contextlib

from keras_gradwatch import diagnosis
from keras_gradwatch.backends import backend


@contextlib.contextmanager
def before_the_batch(snapshot):
    """Gives the variables the values of a snapshot, if there is one, as long as the block runs."""
    if not snapshot:
        yield
        return
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


def explain(model, sample, findings, state):
    """The findings with their cause, searched for on the batch of the sample.

    Args:
        model: The model.
        sample: The sample.
        findings: What the rules found.
        state: The state of the training now, where a train step is given one.
    """
    with before_the_batch(sample.snapshot):
        state = _state(sample.snapshot or state)
        return diagnosis.explain(model, sample.data, findings, state)


def examine(model, sample):
    """All that is wrong on the batch of a sample, whether a rule has seen it or not."""
    with before_the_batch(sample.snapshot):
        return diagnosis.examine(model, sample.data, _state(sample.snapshot)).findings


def explain_error(model, snapshot, data, error, args):
    """Findings that say why a step raised, of a call of the train function with these arguments."""
    with before_the_batch(snapshot):
        return diagnosis.explain_error(model, data, error, _state(snapshot or args[0]))


def _state(snapshot):
    """The state of the training, where a train step is given one."""
    return snapshot if backend().IS_STATELESS else None
