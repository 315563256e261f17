"""MLflow: the curves as metrics, and the findings as an artifact, of one run."""

import re
import time
from collections.abc import Sequence

import mlflow
from mlflow.entities import Metric

from keras_gradwatch.findings import Finding
from keras_gradwatch.outputs.output import Output, scalars
from keras_gradwatch.record import Record

_MOST_METRICS = 1000
"""How many metrics MLflow takes in one call."""


class MLflow(Output):
    """Logs each sampled step to an MLflow run.

    The metrics are named `gradients/gradient_norm/<weight path>` and so on, at the iteration of the
    optimizer; the findings are the artifact `gradients/findings.json`. Install it with
    `pip install "keras-gradwatch[mlflow]"`.

    Args:
        run_id: The run; `None` for the one that is active where this object is made.

    Raises:
        ValueError: If there is none.

    Example:

    ```python
    import mlflow
    from keras_gradwatch import GradientWatch
    from keras_gradwatch.outputs.mlflow import MLflow

    with mlflow.start_run():
        model.fit(x, y, callbacks=[GradientWatch(outputs=[MLflow()])])
    ```
    """

    def __init__(self, run_id: str | None = None):
        # The active run is one of a thread, and records are written by another one.
        self._run_id = _active_run_id() if run_id is None else run_id
        self._client = mlflow.MlflowClient()

    def write(self, record: Record) -> None:
        """Logs one sampled step."""
        now = int(time.time() * 1000)
        metrics = [
            Metric(_allowed(f"gradients/{name}"), value, now, record.step)
            for name, value in scalars(record).items()
        ]
        for start in range(0, len(metrics), _MOST_METRICS):
            self._client.log_batch(self._run_id, metrics[start : start + _MOST_METRICS])

    def report(self, findings: Sequence[Finding]) -> None:
        """Writes the findings that stand."""
        found = [finding.to_dict() for finding in findings]
        self._client.log_dict(self._run_id, {"findings": found}, "gradients/findings.json")


def _active_run_id():
    active = mlflow.active_run()
    if active is None:
        raise ValueError(
            "`run_id` must be given where no run is active: call `mlflow.start_run` first. "
            "Received: run_id=None"
        )
    return active.info.run_id


def _allowed(name):
    """The name without the characters that MLflow refuses, such as the # of a second weight."""
    return re.sub(r"[^\w\-. :/]", "_", name)
