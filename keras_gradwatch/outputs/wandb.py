"""Weights & Biases: the curves, the histograms and the findings in the run that is active."""

from collections.abc import Sequence

import numpy as np
import wandb

from keras_gradwatch.findings import Finding
from keras_gradwatch.outputs.output import Output, scalars
from keras_gradwatch.record import Record
from keras_gradwatch.step import histogram


class WandB(Output):
    """Logs each sampled step to the run of `wandb.init`.

    The curves have an axis of their own, `gradients/step`, the iteration of the optimizer, and the
    findings are in the summary of the run as `gradients/findings`. Install it with
    `pip install "keras-gradwatch[wandb]"`.

    Example:

    ```python
    import wandb
    from keras_gradwatch import GradientWatch
    from keras_gradwatch.outputs.wandb import WandB

    wandb.init(project="digits")
    model.fit(x, y, callbacks=[GradientWatch(outputs=[WandB()])])
    ```
    """

    needs_histograms = True

    def __init__(self):
        self._known: str | None = None  # The run that knows of the axis.

    def write(self, record: Record) -> None:
        """Logs one sampled step."""
        run = _run()
        if run.id != self._known:
            run.define_metric("gradients/*", step_metric="gradients/step")
            self._known = run.id
        values = scalars(record) | _histograms(record) | {"step": record.step}
        run.log({f"gradients/{name}": value for name, value in values.items()})

    def report(self, findings: Sequence[Finding]) -> None:
        """Puts the findings that stand into the summary of the run."""
        _run().summary["gradients/findings"] = [finding.to_dict() for finding in findings]


def _run():
    if wandb.run is None:
        raise RuntimeError("no run is active: call `wandb.init` before `fit`")
    return wandb.run


def _histograms(record):
    """Histograms of log10 of the absolute values, where a gradient that vanishes stays visible."""
    if record.histogram is None:
        return {}
    tables = histogram.magnitude_tables(record.histogram)
    return {
        f"log10/{weight.path}": wandb.Histogram(
            np_histogram=(table[:, 2], np.append(table[:, 0], table[-1, 1]))
        )
        for weight, table in zip(record.weights, tables, strict=True)
        if len(table)
    }
