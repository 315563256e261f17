"""Where records and findings go: the base class of every output, a user's own included."""

from collections.abc import Sequence

from keras_gradwatch.findings import Finding
from keras_gradwatch.record import Record

SCALARS = {
    "gradient_norm": "norm",
    "zero_fraction": "zero_fraction",
    "dead_fraction": "dead_fraction",
    "update_ratio": "update_ratio",
}
"""Names of curves, each followed by the path of a weight, and the statistic they show."""


class Output:
    """Base class of outputs: subclass it to send what a watch sees to a place of your own.

    The methods run one after the other on a thread of the watch, so the training does not wait
    for them. An output that raises, or does not come back within a minute, is turned off with a
    warning, and the training goes on.

    Example:

    ```python
    from keras_gradwatch import GradientWatch, Output


    class Largest(Output):
        def write(self, record):
            largest = record["norm"].argmax()
            print(record.step, record.weights[largest].path)

        def report(self, findings):
            print(f"{len(findings)} findings")


    watch = GradientWatch(every=1, outputs=[Largest()])
    model.fit(x, y, callbacks=[watch])
    ```
    """

    needs_histograms = False
    """Whether `record.histogram` is used; counting it costs time in each sampled step."""

    def write(self, record: Record) -> None:
        """Takes one sampled step.

        Args:
            record: The statistics of each weight's gradient at that step.
        """
        raise NotImplementedError(f"`{type(self).__name__}` must define `write(record)`.")

    def report(self, findings: Sequence[Finding]) -> None:
        """Takes all findings that stand now; called when they change.

        Args:
            findings: The findings. An empty list: what was wrong no longer is.
        """

    def close(self) -> None:
        """Ends what was written. `fit` has ended; the next one may `write` again."""

    def __str__(self) -> str:
        return type(self).__name__


def with_tensorboard(
    log_dir: str | None, scalars: bool | str, histograms: bool | str, outputs: list
) -> list:
    """Returns outputs, with the event file in front where there is a log directory.

    Args:
        log_dir: The log directory, or `None`.
        scalars: As for `GradientWatch`.
        histograms: As for `GradientWatch`.
        outputs: The outputs that were asked for.
    """
    if log_dir is None:
        return outputs
    from keras_gradwatch.outputs.tensorboard import TensorBoard

    return [TensorBoard(log_dir, scalars, with_values=histograms == "all"), *outputs]


def needs_histograms(outputs: list) -> bool:
    """Returns whether one of some outputs uses histograms."""
    return any(getattr(output, "needs_histograms", False) for output in outputs)


def scalars(record: Record) -> dict[str, float]:
    """Returns the curves of a step by name: of each weight, each layer, and all together.

    Args:
        record: The sampled step.

    Returns:
        `gradient_norm/<weight path>`, `zero_fraction/...`, `dead_fraction/...` and
        `update_ratio/...`, `layer_gradient_norm/<layer path>` and `gradient_norm/global`.
    """
    values = {
        f"{name}/{weight.path}": float(record[statistic][i])
        for name, statistic in SCALARS.items()
        for i, weight in enumerate(record.weights)
        if _has_point(record, statistic, i)
    }
    values["gradient_norm/global"] = record.global_norm
    layers = {f"layer_gradient_norm/{name}": norm for name, norm in record.layer_norms().items()}
    return values | layers


def _has_point(record, statistic, i):
    """A missing gradient has none, and beside a weight that was 0 an update has no size."""
    return not record.missing[i] and (statistic != "update_ratio" or record["weight_norm"][i] != 0)
