"""The rows of the table: ways to watch gradients, each a function that prepares one `fit`."""

import os

import keras
from keras import ops

from keras_gradwatch import GradientWatch


class Trivial(keras.callbacks.Callback):
    """The least that a callback of one's own can be: Keras hands it floats at every batch."""

    def on_train_batch_end(self, batch, logs=None):
        pass


def plain(model, batch, directory):
    return []


def trivial_callback(model, batch, directory):
    return [Trivial()]


def watch(every, histograms, **options):
    def prepare(model, batch, directory):
        csv = os.path.join(directory, "gradients.csv")
        return [GradientWatch(directory, every=every, csv=csv, histograms=histograms, **options)]

    return prepare


def watch_without_outputs(model, batch, directory):
    return [GradientWatch(every=1, histograms=False)]


def norms_in_the_step(model, batch, directory):
    """The norms of all gradients as metrics of the step, as with optax: no name, no file."""
    apply = model.optimizer.apply

    def applied(gradients, variables=None):
        norms = [ops.sqrt(ops.sum(ops.square(ops.convert_to_tensor(g)))) for g in gradients]
        model.norms = ops.stack(norms)
        return apply(gradients, variables)

    model.optimizer.apply = applied
    return []


ROWS = {
    "plain": plain,
    "trivial batch-end callback": trivial_callback,
    "watch every=1, no outputs": watch_without_outputs,
    "watch every=1": watch(1, False),
    "watch every=10": watch(10, False),
    "watch every=100": watch(100, False),
    "watch every=1, histograms": watch(1, True),
    "watch every=1, histograms, explain=False": watch(1, True, explain=False),
    "watch every=10, histograms": watch(10, True),
    "watch every=100, histograms": watch(100, True),
    "watch every=auto, histograms": watch("auto", True),
    "norms in the step": norms_in_the_step,
}


def rows() -> dict:
    """Returns the rows that the backend can run, by name."""
    if keras.backend.backend() == "tensorflow":
        from benchmarks.overhead import alternatives_tensorflow as alternatives
    elif keras.backend.backend() == "torch":
        from benchmarks.overhead import alternatives_torch as alternatives
    else:
        return ROWS
    return ROWS | alternatives.ROWS
