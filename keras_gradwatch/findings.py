"""What the rules and the diagnosis say: findings, where they point, and how they reach the user."""

import dataclasses
import html
import math
import os
import re
import sys
from typing import Any

from keras_gradwatch.explanations import causes, codes

SYMPTOMS = (
    "missing",
    "zero",
    "dead-channels",
    "non-finite",
    "vanishing",
    "exploding",
    "wrong",
    "shape",
    "frozen",
    "raises",
)
CAUSES = tuple(causes.CAUSES)
SEVERITIES = ("error", "warning", "info")


@dataclasses.dataclass(frozen=True)
class Location:
    """A place in the user's own code.

    Args:
        file: Path of the source file.
        line: Line number, from 1.
        function: Name of the enclosing function.
        text: The source line itself, stripped.
    """

    file: str
    line: int
    function: str
    text: str

    def __str__(self) -> str:
        return self._in_cell() or f"{os.path.basename(self.file)}:{self.line}, in {self.function}"

    @property
    def link(self) -> str:
        """The place with its absolute path, which terminals and editors open on a click."""
        file = self.file if self.file.startswith("<") else os.path.abspath(self.file)
        return self._in_cell() or f"{file}:{self.line}, in {self.function}"

    def _in_cell(self) -> str:
        """The place in words of a notebook, whose file names are numbers that nobody knows."""
        cell = cell_name(self.file)
        return f"{cell}, line {self.line}, in {self.function}" if cell else ""


def cell_name(file: str) -> str:
    """Returns `Cell [3]` for a file that IPython keeps under a number, nothing for another one."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    label = getattr(getattr(shell, "compile", None), "format_code_name", lambda file: None)(file)
    return f"Cell [{''.join(re.findall(r'[0-9]+', label[1]))}]" if label else ""


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a gradient: what, where, why and the fix.

    Args:
        symptom: What was seen, one of `SYMPTOMS`.
        cause: Why, one of `CAUSES`; `"unknown"` where no evidence names one.
        severity: `"error"`, `"warning"` or `"info"`.
        weights: Paths of the weights that are affected.
        layer: Path of the layer to look at, or `None`.
        op: The operation to blame (`"Cast"`, `"Relu"`), or `None`.
        location: The user's own source line, or `None` where there is none.
        message: What was seen, one sentence.
        explanation: Why it happens, one or two sentences.
        remedy: What to change, with code where code helps.
        evidence: The numbers the finding rests on, JSON-ready.
        step: Iteration of the optimizer at which it was first seen, or `None`.
        epoch: Epoch at which it was first seen, or `None`.
        code: Code of the page that `gradwatch explain` prints. That of the cause, where one is
            known; otherwise that of the rule, which may be one of your own.
    """

    symptom: str
    cause: str = "unknown"
    severity: str = "warning"
    weights: tuple[str, ...] = ()
    layer: str | None = None
    op: str | None = None
    location: Location | None = None
    message: str = ""
    explanation: str = ""
    remedy: str = ""
    evidence: dict[str, Any] = dataclasses.field(default_factory=dict)
    step: int | None = None
    epoch: int | None = None
    code: str = causes.CAUSES["unknown"].code

    def __post_init__(self) -> None:
        _check("symptom", self.symptom, SYMPTOMS)
        _check("cause", self.cause, CAUSES)
        _check("severity", self.severity, SEVERITIES)
        if self.cause != "unknown":
            object.__setattr__(self, "code", causes.CAUSES[self.cause].code)

    @property
    def is_loud(self) -> bool:
        """Whether the finding is an error or a warning, not only information."""
        return self.severity != "info"

    @property
    def label(self) -> str:
        """How bad it is, and the code to ask `gradwatch explain` about: `error[GW102]`."""
        return f"{self.severity}[{self.code}]"

    @property
    def symptoms(self) -> set[str]:
        """The symptom, and those of the findings that were joined to this one."""
        return {self.symptom, *(other["symptom"] for other in self.evidence.get("also", ()))}

    def to_dict(self) -> dict[str, Any]:
        """Returns the finding as strict JSON: a number that is not finite becomes `None`."""
        return _strict(dataclasses.asdict(self))

    def sections(self) -> list[tuple[str, str]]:
        """What stands below the message, as pairs of a short title and a text."""
        return self._sections(str(self.location))

    def __str__(self) -> str:
        sections = self._sections(self.location.link if self.location else "")
        lines = [f"  {title:<8} {text}" for title, text in sections]
        message = self.message or f"{self.symptom}: {self.cause}"
        return "\n".join([f"{self.label}: {message}", *lines])

    def to_markdown(self) -> str:
        """Returns the finding as markdown, as TensorBoard's text tab shows it."""
        lines = [
            f"- **{title}**: {text}" if title else f"      {text}"
            for title, text in self.sections()
        ]
        return "\n".join([f"**{self.label}: {self.message}**", "", *lines])

    def _repr_html_(self) -> str:
        escape = html.escape
        rows = "".join(
            f"<tr><th style='text-align:left'>{title}</th>"
            f"<td style='text-align:left'>{escape(text)}</td></tr>"
            for title, text in self.sections()
        )
        return f"<p><b>{escape(self.label)}: {escape(self.message)}</b></p><table>{rows}</table>"

    def _sections(self, line: str) -> list[tuple[str, str]]:
        """The sections, with the place of the user's line written as `line`."""
        rows = [("where", self._place(line)), ("because", self.explanation), ("fix", self.remedy)]
        old, new = self.evidence.get("repair", ("", ""))
        rows += [("", old and f"- {old}"), ("", new and f"+ {new}")]
        rows += [("check", self.evidence.get("check", ""))]
        rows += [("also", other["message"]) for other in self.evidence.get("also", ())[:3]]
        rows += [("path", path_text(self.evidence)), ("weights", self._weights())]
        rows += [("more", f"gradwatch explain {self.code}" if self.code in codes() else "")]
        return [(title, text) for title, text in rows if text]

    def _place(self, line: str) -> str:
        if self.location is not None:
            return f"{self.location.text}    {line}"
        operation = f" ({self.op})" if self.op else ""
        return f"layer {self.layer}{operation}" if self.layer else ""

    def _weights(self) -> str:
        """Five weights by name and the rest by count; a single one only if it is not named yet."""
        if len(self.weights) == 1 and self.weights[0] in self.message:
            return ""
        named, rest = self.weights[:5], len(self.weights) - 5
        return ", ".join(named) + (f" and {rest} more" if rest > 0 else "")


def _strict(value: Any) -> Any:
    """The same value in strict JSON, which has no NaN and no infinity."""
    if isinstance(value, dict):
        return {key: _strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    if hasattr(value, "tolist"):  # An array or a number of NumPy.
        return _strict(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def path_text(evidence: dict[str, Any]) -> str:
    """Returns the path from the loss in a line, where the evidence of a finding has one."""
    return " <- ".join(_hop(hop) for hop in evidence.get("path", ()))


def _hop(hop: dict[str, Any]) -> str:
    """One stop on the path, with the gradient norm there."""
    size = hop.get("norm")
    return hop["name"] if size is None else f"{hop['name']} ({size:.3g})"


def _check(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"`{name}` must be one of {allowed}. Received: {name}={value!r}")


class GradientWarning(UserWarning):
    """Issued once for every finding of severity error or warning."""


class GradientError(ValueError):
    """Raised when a finding stops the training.

    A `ValueError`, as is Keras' own "No gradients provided for any variable".

    Args:
        findings: The findings that stopped the training.
        reason: The exception that the findings explain, if the step raised one.
    """

    def __init__(self, findings, reason: Exception | None = None):
        self.findings = tuple(findings)
        self._reason = reason
        super().__init__("\n" + "\n".join(str(finding) for finding in self.findings))
        if reason is not None:
            self.add_note(f"Keras raised {type(reason).__name__}: {reason}")

    def __reduce__(self):
        """An exception is pickled by the arguments of `Exception`, which here is the text."""
        return type(self), (self.findings, self._reason), self.__dict__

    @property
    def __cause__(self):  # type: ignore[override]
        """The exception of Keras that it explains: `fit` raises everything anew `from None`."""
        return self._reason
