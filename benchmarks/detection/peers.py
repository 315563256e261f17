"""The rules of other tools, written from their documented thresholds, on the same records.

What reads activations, inputs or the accuracy is left out, since a record has none of these:
DeepLocalize's and DeepDiagnosis' rules for the outputs of layers (dead ReLU, saturation, output
range) and for the accuracy, AutoTrainer's oscillation, UMLAUT's for the input and for overfitting.
Where AutoTrainer asks for the accuracy (not above 0.6, or hardly better), the loss stands in for
it: it came down by less than a tenth.
"""

from collections.abc import Iterator

import numpy as np

from benchmarks.detection.case import Run

Alarm = tuple[int, set[str]]
"""Number of the record, and the symptoms that were said."""


def deep_localize(run: Run) -> Iterator[Alarm]:
    """NaN or Inf; a gradient whose mean is 0 in half of the batches; five times the same loss."""
    zeros = np.zeros(len(run.records[0].weights))
    for number, record in enumerate(run.records):
        if np.nansum(record["nonfinite"]) or not np.isfinite(record.loss):
            yield number, {"non-finite"}
        zeros += record["mean"] == 0
        if number >= 3 and (zeros >= (number + 1) / 2).any():
            yield number, {"zero"}
        if (
            len({one.loss for one in run.records[max(0, number - 4) : number + 1]})
            == 1
            <= number - 3
        ):
            yield number, {"frozen"}


def deep_diagnosis(run: Run) -> Iterator[Alarm]:
    """Once an epoch: NaN; mean of the absolute gradient under 1e-7; learning rate times gradient
    norm over weight norm outside 1e-5 to 1e-1; variance of a kernel outside 1e-5 to 10."""
    for number, record in _first_of_epochs(run):
        kernels = _kernels(record)
        sizes = np.array([weight.size for weight in record.weights])[kernels]
        norms, weight_norms = record["norm"][kernels], record["weight_norm"][kernels]
        if np.nansum(record["nonfinite"]):
            yield number, {"non-finite"}
        # The mean of absolute values is not in a record: that of a normal distribution is.
        if (0.8 * norms / np.sqrt(sizes) < 1e-7).any():
            yield number, {"vanishing"}
        with np.errstate(divide="ignore", invalid="ignore"):
            rates = run.learning_rate * norms / weight_norms
        if (rates > 1e-1).any():
            yield number, {"exploding"}
        if (rates < 1e-5).any():
            yield number, {"frozen"}
        variance = weight_norms**2 / sizes
        if (variance > 10).any():
            yield number, {"exploding"}
        if (variance < 1e-5).any():
            yield number, {"vanishing"}


def auto_trainer(run: Run) -> Iterator[Alarm]:
    """The kernels of the first and last layer: ratio under 1e-3 with the first under 1e-4; ratio
    over 70; NaN with a loss that is NaN or over 1,000; 70 % of all gradient elements zero."""
    first_loss = run.records[0].loss
    for number, record in enumerate(run.records):
        norms = record["norm"][_kernels(record)]
        zeros = np.average(record["zero_fraction"], weights=[w.size for w in record.weights])
        is_bad = not record.loss < 0.9 * first_loss
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = norms[0] / norms[-1]
        if ratio < 1e-3 and norms[0] < 1e-4 and is_bad:
            yield number, {"vanishing"}
        if ratio > 70 or (np.isnan(norms).any() and not record.loss < 1e3):
            yield number, {"exploding"}
        if zeros >= 0.7 and is_bad:
            yield number, {"dead-channels"}


def umlaut(run: Run) -> Iterator[Alarm]:
    """A learning rate over 0.01 or under 1e-7; a loss that is NaN."""
    if run.learning_rate > 0.01:
        yield 0, {"exploding"}
    if run.learning_rate < 1e-7:
        yield 0, {"frozen"}
    for number, record in enumerate(run.records):
        if np.isnan(record.loss):
            yield number, {"non-finite"}


def _first_of_epochs(run):
    epochs = set()
    for number, record in enumerate(run.records):
        if record.epoch not in epochs:
            epochs.add(record.epoch)
            yield number, record


def _kernels(record):
    return np.array([len(weight.shape) > 1 for weight in record.weights])
