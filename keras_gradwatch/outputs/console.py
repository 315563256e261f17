"""How findings reach the person at the console: as warnings, at the person's own line."""

import contextlib
import math
import os
import sys
import warnings

import keras
from rich.console import Console
from rich.markup import escape
from rich.table import Table

import keras_gradwatch
from keras_gradwatch.findings import SEVERITIES, Finding, GradientWarning, cell_name
from keras_gradwatch.record import Record

_NOT_THE_USERS = (
    *(
        os.path.dirname(os.path.abspath(str(module.__file__))) + os.sep
        for module in (keras, keras_gradwatch)
    ),
    contextlib.__file__,
)

_COLORS = {"error": "red", "warning": "yellow", "info": "cyan"}


def warn(finding: Finding, params: dict | None, stopped: str | None = None) -> None:
    """Issues a finding as a warning, below the progress bar of `fit` and not inside it.

    Args:
        finding: The finding.
        params: The parameters that Keras gives a callback, `None` outside of `fit`.
        stopped: Where and why the finding stops the training, or `None`.
    """
    if (params or {}).get("verbose") in (1, "auto"):
        print()
    text = f"\n{_severity(finding)}{str(finding).removeprefix(finding.severity)}\n"
    if stopped is not None:
        text += f"  stopped  {stopped}\n"
    _issue(text, GradientWarning)


def say(text: str) -> None:
    """Issues a warning about the watch itself."""
    _issue(text, UserWarning)


def conclude(text: str, params: dict | None, log_dir=None, csv=None) -> None:
    """Prints a line below the progress bars of `fit`, and how to open the log; not if `verbose=0`.

    Args:
        text: The line.
        params: The parameters that Keras gives a callback, or `None`.
        log_dir: The TensorBoard log directory, or `None`.
        csv: The CSV log, or `None`.
    """
    if log_dir is not None:
        text += f"\n  look at it with  tensorboard --logdir {log_dir}  (tab Gradients)"
    if csv is not None:
        text += f"\n  one page of it   gradwatch report {csv}"
    if (params or {}).get("verbose"):
        with contextlib.suppress(OSError, ValueError):  # A closed pipe is not worth a training.
            print(text)


def summary(findings: list[Finding], samples: int, latest: Record | None) -> str:
    """Returns in one sentence what was sampled, and what is wrong there.

    Args:
        findings: The findings that stand.
        samples: How many batches were sampled.
        latest: The latest of them, or `None`.
    """
    if latest is None or not samples:
        return "no batch has been sampled yet"
    wrong = [_in_short(finding) for finding in findings if finding.is_loud]
    seen = f"in {_count(samples, 'sample')} of {_count(len(latest.weights), 'weight')}"
    if not wrong:
        return f"nothing wrong {seen}"
    return f"{_count(len(wrong), 'finding')} {seen}: {'; '.join(wrong)}"


def print_table(layers, findings: list[Finding], title: str) -> None:
    """Prints the statistics of each layer, and the symptoms of the findings about it.

    Args:
        layers: The `DataFrame` of `layer_table`.
        findings: The findings that stand.
        title: The line above the table.
    """
    table = Table()
    table.add_column("layer", overflow="fold")
    for name in ("norm", "zero fraction", "update ratio"):
        table.add_column(name, justify="right")
    table.add_column("findings")
    for layer, row in layers.iterrows():
        numbers = [_number(row[name]) for name in ("norm", "zero_fraction", "update_ratio")]
        table.add_row(escape(str(layer)), *numbers, _symptoms(layer, findings))
    console = Console(highlight=False)
    console.print(title, markup=False)
    console.print(table)


def _number(value) -> str:
    return "" if math.isnan(value) else f"{value:.3g}"


def _symptoms(layer, findings) -> str:
    """The symptoms of a layer, the gravest first, in the color of their severity."""
    about = [f for f in findings if layer == f.layer or any(_is_in(p, layer) for p in f.weights)]
    about.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return ", ".join(dict.fromkeys(f"[{_COLORS[f.severity]}]{f.symptom}[/]" for f in about))


def _is_in(path, layer):
    return path.rpartition("/")[0] == layer


def _in_short(finding):
    place = finding.layer or ", ".join(finding.weights[:1])
    return f"{finding.symptom} ({place})" if place else finding.symptom


def _count(number, noun):
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _severity(finding) -> str:
    """The severity as a word, with its color where the warning goes to a terminal."""
    console = Console(stderr=True, highlight=False)
    with console.capture() as captured:
        console.print(finding.severity, style=_COLORS[finding.severity], end="")
    return captured.get()


def _issue(text, category):
    """Warns at the user's line as `warnings.warn` does, but names the cell of a notebook."""
    frame = _frame_of_user()
    names = frame.f_globals
    warnings.warn_explicit(
        text,
        category,
        cell_name(frame.f_code.co_filename) or frame.f_code.co_filename,
        frame.f_lineno,
        names.get("__name__", "<string>"),
        names.setdefault("__warningregistry__", {}),
    )


def _frame_of_user():
    """The nearest frame outside Keras and this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_foreign(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def _is_foreign(filename) -> bool:
    return (
        os.path.abspath(filename).startswith(_NOT_THE_USERS)
        or f"{os.sep}tensorflow{os.sep}" in filename
    )
