"""What the rules and the diagnosis say: findings, where they point, and how they reach the user."""

import dataclasses
import html
import os
from typing import Any

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
CAUSES = (
    "unused",
    "non-differentiable",
    "stop-gradient",
    "host-call",
    "untracked",
    "frozen",
    "no-loss",
    "dead-activation",
    "saturated",
    "zero-derivative",
    "zero-signal",
    "wrong-derivative",
    "non-finite",
    "vanishing",
    "exploding",
    "shape-contract",
    "step-raises",
    "unknown",
)
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
        return f"{os.path.basename(self.file)}:{self.line}, in {self.function}"


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a gradient: what, where, why and the repair.

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

    def __post_init__(self) -> None:
        _check("symptom", self.symptom, SYMPTOMS)
        _check("cause", self.cause, CAUSES)
        _check("severity", self.severity, SEVERITIES)

    @property
    def is_loud(self) -> bool:
        """Whether the finding is an error or a warning, not only information."""
        return self.severity != "info"

    def to_dict(self) -> dict[str, Any]:
        """Returns the finding as a dictionary that `json.dumps` accepts."""
        return dataclasses.asdict(self) | {"weights": list(self.weights)}

    def sections(self) -> list[tuple[str, str]]:
        """What is told below the message, as pairs of a short title and a text."""
        told = [("where", self._place()), ("because", self.explanation), ("fix", self.remedy)]
        told += [("path", self._path()), ("weights", ", ".join(self.weights[1:]))]
        return [(title, text) for title, text in told if text]

    def __str__(self) -> str:
        lines = [f"  {title:<8} {text}" for title, text in self.sections()]
        return "\n".join([self.message or f"{self.symptom}: {self.cause}", *lines])

    def to_markdown(self) -> str:
        """Returns the finding as markdown, as TensorBoard's text tab shows it."""
        lines = [f"- **{title}**: {text}" for title, text in self.sections()]
        return "\n".join([f"**{self.severity}: {self.message}**", "", *lines])

    def _repr_html_(self) -> str:
        escape = html.escape
        rows = "".join(
            f"<tr><th style='text-align:left'>{title}</th>"
            f"<td style='text-align:left'>{escape(text)}</td></tr>"
            for title, text in self.sections()
        )
        return f"<p><b>{escape(self.severity)}: {escape(self.message)}</b></p><table>{rows}</table>"

    def _place(self) -> str:
        if self.location is not None:
            return f"{self.location.text}    {self.location}"
        operation = f" ({self.op})" if self.op else ""
        return f"layer {self.layer}{operation}" if self.layer else ""

    def _path(self) -> str:
        return " <- ".join(_hop(hop) for hop in self.evidence.get("path", ()))


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

    @property
    def __cause__(self):  # type: ignore[override]
        """The exception of Keras that it explains: `fit` raises everything anew `from None`."""
        return self._reason
