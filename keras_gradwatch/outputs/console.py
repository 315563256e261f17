"""How findings reach the person at the console: as warnings, at the person's own line."""

import contextlib
import os
import sys
import textwrap
import warnings

import keras
from rich.console import Console

import keras_gradwatch
from keras_gradwatch.findings import Finding, GradientWarning, cell_name
from keras_gradwatch.record import Record

_NOT_THE_USERS = (
    *(
        os.path.dirname(os.path.abspath(str(module.__file__))) + os.sep
        for module in (keras, keras_gradwatch)
    ),
    contextlib.__file__,
)

_INDENT = " " * 11
"""Where the texts of a finding begin, behind their titles."""

COLORS = {"error": "red", "warning": "yellow", "info": "cyan"}


def warn(finding: Finding, params: dict | None, stopped: str | None = None) -> None:
    """Issues a finding as a warning, below the progress bar of `fit` and not inside it.

    Args:
        finding: The finding.
        params: The parameters that Keras gives a callback, `None` outside of `fit`.
        stopped: Where and why the finding stops the training, or `None`.
    """
    if has_bar(params):
        print()
    text = str(finding)
    if stopped is not None:
        text += f"\n  stopped  {stopped}"
    shown = _wrapped(text).removeprefix(finding.severity)
    _issue(f"\n{_severity(finding)}{shown}\n", GradientWarning)


def has_bar(params: dict | None) -> bool:
    """Whether Keras draws a progress bar, whose line is not ended within an epoch.

    Args:
        params: The parameters that Keras gives a callback, `None` outside of `fit`.
    """
    return (params or {}).get("verbose") in (1, "auto")


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


def _in_short(finding):
    place = finding.layer or ", ".join(finding.weights[:1])
    return f"{finding.symptom} ({place})" if place else finding.symptom


def _count(number, noun):
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _wrapped(text) -> str:
    """A finding in the width of the terminal, if it goes to one."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return text
    return "\n".join(_wrapped_line(line, console.width) for line in text.splitlines())


def _wrapped_line(line, width):
    """Paths stay whole, so that a click opens them, and lines of a fix, to be copied."""
    if line.startswith(_INDENT):
        return line
    return textwrap.fill(
        line, width, subsequent_indent=_INDENT, break_long_words=False, break_on_hyphens=False
    )


def _severity(finding) -> str:
    """The severity as a word, with its color where the warning goes to a terminal."""
    console = Console(stderr=True, highlight=False)
    with console.capture() as captured:
        console.print(finding.severity, style=COLORS[finding.severity], end="")
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
