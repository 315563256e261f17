"""The table of the layers in a terminal: after a training, or again and again while it runs."""

import contextlib
import math
import time
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from keras_gradwatch.findings import SEVERITIES, Finding
from keras_gradwatch.outputs.console import COLORS, has_bar
from keras_gradwatch.outputs.table import layer_table
from keras_gradwatch.outputs.trend import BARS, trends
from keras_gradwatch.record import Record

INTERVAL = 60.0
"""Seconds between two tables within an epoch."""

MOST_ROWS = 20
"""Layers in a table that comes again and again."""


def print_table(
    layers, findings: Sequence[Finding], title: str, trends: Mapping[str, str], rest: int = 0
) -> None:
    """Prints the statistics of each layer, and the symptoms of the findings about it.

    Args:
        layers: The `DataFrame` of `layer_table`.
        findings: The findings that stand.
        title: The line above the table.
        trends: The course of each layer's norm, as `trends()` gives it.
        rest: Number of layers that are left out.
    """
    table = Table(caption=f"and {rest} more layers: `watch.summary()`" if rest else None)
    table.add_column("layer", overflow="fold")
    for name in ("norm", "zero fraction", "update ratio"):
        table.add_column(name, justify="right")
    table.add_column("trend")
    table.add_column("findings")
    console = Console(highlight=False)
    bars = str.maketrans(BARS, "12345678") if console.options.ascii_only else {}
    for layer, row in layers.iterrows():
        numbers = [_number(row[name]) for name in ("norm", "zero_fraction", "update_ratio")]
        trend = trends.get(str(layer), "").translate(bars)
        table.add_row(escape(str(layer)), *numbers, trend, _symptoms(layer, findings))
    console.print(title, markup=False)
    console.print(table)


class LiveTable:
    """Prints the table while `fit` runs: after each epoch, and once a minute within one.

    It prints below the progress bar of Keras, which goes on under it, and only where a person
    watches: in a terminal or a notebook, not into a pipe or a file.

    Args:
        is_wanted: Whether it was asked for.
    """

    def __init__(self, is_wanted: bool):
        console = Console()
        self._is_shown = is_wanted and (console.is_terminal or console.is_jupyter)
        self._last_time = time.monotonic()
        self._last: Record | None = None

    def is_due(self) -> bool:
        """Whether the epoch has gone on for so long that a table comes in between."""
        return self._is_shown and time.monotonic() - self._last_time > INTERVAL

    def show(self, pipeline, params: dict | None = None) -> None:
        """Prints the table if there is something new.

        Args:
            pipeline: The `Pipeline`, for its latest records and its findings.
            params: The parameters that Keras gives a callback, within an epoch.
        """
        if not self._is_shown:
            return
        self._last_time = time.monotonic()
        records = pipeline.recent
        if not records or records[-1] is self._last:
            return
        self._last, findings = records[-1], pipeline.findings
        layers = layer_table(self._last)
        some = layers.loc[_some(list(layers.index), findings)]
        title = f"Gradients at step {self._last.step}"
        with contextlib.suppress(OSError, ValueError):  # A terminal that was closed.
            if has_bar(params):
                print()
            print_table(some, findings, title, trends(records), rest=len(layers) - len(some))


def _some(layers, findings):
    """The layers with findings, and others between the first and the last, in their order."""
    ill = [layer for layer in layers if _symptoms(layer, findings)][:MOST_ROWS]
    others = [layer for layer in layers if layer not in ill]
    room = max(MOST_ROWS - len(ill), 1)
    shown = {*ill, *others[:: -(-len(others) // room) or 1]}
    return [layer for layer in layers if layer in shown]


def _number(value) -> str:
    return "" if math.isnan(value) else f"{value:.3g}"


def _symptoms(layer, findings) -> str:
    """The symptoms of a layer, the gravest first, in the color of their severity."""
    about = [f for f in findings if layer == f.layer or any(_is_in(p, layer) for p in f.weights)]
    about.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return ", ".join(dict.fromkeys(f"[{COLORS[f.severity]}]{f.symptom}[/]" for f in about))


def _is_in(path, layer):
    return path.rpartition("/")[0] == layer
