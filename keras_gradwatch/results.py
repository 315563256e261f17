"""What a watch has found and measured, for the user to ask."""

from typing import Any

from keras_gradwatch.coverage import Coverage, coverage_of
from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.pipeline import Pipeline
from keras_gradwatch.outputs import console
from keras_gradwatch.outputs.summary import print_table
from keras_gradwatch.outputs.table import layer_table
from keras_gradwatch.outputs.trend import trends

_HOW_TO_BEGIN = (
    "Pass the watch to `fit(callbacks=[watch])`, or train in a loop of your own inside "
    "`with watch.watching(model):`"
)


class Results:
    """The half of `GradientWatch` that changes nothing: findings, tables and pictures."""

    _pipeline: Pipeline
    _observer: Any
    _samples: int

    @property
    def findings(self) -> list[Finding]:
        """The findings that stand now, a list of `Finding`."""
        return self._pipeline.findings if self._observer else []

    @property
    def withdrawn(self) -> list[Finding]:
        """The findings that were reported and do not hold any more, a list of `Finding`.

        Each is as it was last. One that comes back stands among `findings` again.
        """
        return self._pipeline.withdrawn if self._observer else []

    @property
    def coverage(self) -> Coverage:
        """What is watched, what is not, and why."""
        self._pipeline.flush()
        return coverage_of(self._observer, self._pipeline)

    def to_pandas(self):
        """Returns the log as a `pandas.DataFrame`: one row per sampled step and weight."""
        self._pipeline.flush()
        return self._pipeline.table.to_pandas()

    def layers(self):
        """Returns a `pandas.DataFrame` with the latest statistics of each layer.

        Returns:
            One row per layer in the order of the model: `norm` (L2 of all its gradients),
            `zero_fraction`, `dead_fraction`, `update_ratio` (means over its weights).
        """
        self._pipeline.flush()
        return layer_table(self._pipeline.latest)

    def summary(self) -> None:
        """Prints a table of the layers at the latest sampled step, as `model.summary()` does.

        Each layer has its gradient norm, its share of exact zeros, its update ratio, the course of
        its norm over the latest samples, at most 32, and the symptoms of the findings about its
        weights. The highest bar of a course is the largest norm of the layer, each step below it
        half of that. `GradientWatch(live=True)` prints it while `fit` runs.

        Example:

        ```python
        watch = GradientWatch()
        model.fit(x, y, callbacks=[watch])
        watch.summary()
        ```
        """
        print_table(self.layers(), self.findings, repr(self), trends(self._pipeline.recent))

    def plot(self, kind: str = "heatmap", ax=None):
        """Draws the log with matplotlib.

        Args:
            kind: `"heatmap"`, `"depth"` or `"update_ratio"`.
            ax: `matplotlib.axes.Axes` to draw on; `None` for a new figure.

        Returns:
            The `Axes`.

        Raises:
            ImportError: If matplotlib is not installed.
            ValueError: If no batch has been sampled yet.
        """
        from keras_gradwatch.views.plot import plot

        self._pipeline.flush()
        if self._pipeline.latest is None:
            raise ValueError(f"`plot` draws sampled batches. {self!r}")
        return plot(self, kind=kind, ax=ax)

    def report(self, path="report.html") -> str:
        """Writes the findings, the heat map and a table of the training as one HTML page.

        Args:
            path: Where to write the page.

        Returns:
            The path of the page.

        Raises:
            ValueError: If no batch has been sampled yet.
        """
        from keras_gradwatch.views.report import report

        self._pipeline.flush()
        return report(self, path)

    @property
    def about(self) -> dict[str, str]:
        """The model, the versions and the settings, as the report shows them."""
        return self._pipeline.about

    def __repr__(self) -> str:
        text = console.summary(self.findings, self._samples, self._pipeline.latest)
        hint = "" if self._observer else f". {_HOW_TO_BEGIN}"
        return f"{type(self).__name__}: {text}{hint}"

    def _repr_html_(self) -> str:
        findings = [finding._repr_html_() for finding in self.findings]
        return "".join(findings) + self.layers().to_html(float_format="{:.3g}".format)
