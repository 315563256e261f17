"""Diagnosis: what `diagnose` gives back."""

import html
from collections.abc import Sequence

from keras_gradwatch.findings import Finding


class Diagnosis:
    """What was found on one batch.

    Args:
        findings: The findings, the loudest first.
        coverage: What was looked at: one sentence each.

    Example:

    ```python
    diagnosis = diagnose(model, x, y)
    print(diagnosis)
    assert diagnosis.healthy
    ```
    """

    def __init__(self, findings: Sequence[Finding], coverage: Sequence[str] = ()):
        self.findings = list(findings)
        self.coverage = list(coverage)

    @property
    def healthy(self) -> bool:
        """Whether there is no error and no warning."""
        return not any(finding.is_loud for finding in self.findings)

    def __str__(self) -> str:
        texts = [str(finding) for finding in self.findings] or ["No findings."]
        return "\n\n".join([*texts, *self.coverage])

    def _repr_html_(self) -> str:
        parts = [finding._repr_html_() for finding in self.findings] or ["<p>No findings.</p>"]
        return "".join([*parts, *(f"<p>{html.escape(line)}</p>" for line in self.coverage)])

    def to_pandas(self):
        """Returns a `pandas.DataFrame` with one row per finding."""
        import pandas as pd

        rows = [finding.to_dict() for finding in self.findings]
        return pd.DataFrame(rows, columns=list(Finding.__dataclass_fields__))
