"""The tracker: which findings stand, which of them are new, and what became of the others."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence

from keras_gradwatch.findings import SEVERITIES, Finding
from keras_gradwatch.monitor.window import Window
from keras_gradwatch.record import Record

Rule = Callable[[Window], Iterable[Finding]]
"""A rule: a function of the window that gives the findings which hold now."""


@dataclasses.dataclass(eq=False)
class _Case:
    """What one rule says of some weights for as long as it says it."""

    rule: int
    told: Finding
    finding: Finding
    stands: bool = True
    is_explained: bool = False


@dataclasses.dataclass
class _Explanation:
    """A finding with its cause, in the place of the cases that it explains."""

    finding: Finding
    cases: list[_Case]

    @property
    def stands(self) -> bool:
        return any(case.stands for case in self.cases)

    @property
    def current(self) -> Finding:
        """The finding without the weights that have healed, with the numbers of now."""
        standing = [case for case in self.cases if case.stands]
        told = {path for case in self.cases for path in case.told.weights}
        healed = told - {path for case in standing for path in case.finding.weights}
        weights = tuple(path for path in self.finding.weights if path not in healed)
        evidence = dict(self.finding.evidence)
        if len(self.cases) == 1:  # With several the numbers of one would stand for all.
            evidence |= standing[0].finding.evidence
        return dataclasses.replace(self.finding, weights=weights, evidence=evidence)


class FindingTracker:
    """Asks the rules after each record, and keeps what they find.

    A finding that a rule repeats is the same one, brought up to date, when it has the same symptom
    and is about one of the same weights. One that no rule repeats is withdrawn; should it come
    back, or become louder, it is new again.

    Args:
        rules: The rules. One that raises is not asked again; `take_troubles` tells of it.

    Example:

    ```python
    tracker = FindingTracker(default_rules())
    for record in records:
        for finding in tracker.read(record):
            print(finding.message)
    ```
    """

    def __init__(self, rules: Sequence[Rule]):
        self.window = Window()
        self._rules = list(rules)
        self._cases: list[_Case] = []
        self._explanations: list[_Explanation] = []
        self._added: list[Finding] = []
        self._kept: list[Finding] = []
        self._troubles: list[str] = []

    @property
    def findings(self) -> list[Finding]:
        """The findings that stand now."""
        explained = [explanation.current for explanation in self._explanations]
        plain = [case.finding for case in self._cases if not case.is_explained]
        return [*self._kept, *self._added, *explained, *plain]

    def read(self, record: Record) -> list[Finding]:
        """Asks the rules about a new record.

        Args:
            record: The record, after all earlier ones.

        Returns:
            The findings that are new: first seen, come back, or louder than they were.
        """
        self._added = []  # They tell why a step could not run; now one has.
        self.window.add(record)
        before = {(c.rule, subject): c for c in self._cases for subject in _subjects(c.finding)}
        for case in self._cases:
            case.stands = False
        found = [
            (id(rule), _at(record, finding))
            for rule in list(self._rules)
            for finding in self._ask(rule)
        ]
        followed = [_follow(before, rule, finding) for rule, finding in found]
        self._cases = [
            case or _Case(rule, told=finding, finding=finding)
            for case, (rule, finding) in zip(followed, found, strict=True)
        ]
        self._explanations = [e for e in self._explanations if e.stands]
        return [finding for case, (_, finding) in zip(followed, found, strict=True) if not case]

    def add(self, findings: Iterable[Finding]) -> None:
        """Adds findings that are not of a rule: why a step raised. The next record withdraws them.

        Args:
            findings: The findings.
        """
        self._added += findings

    def keep(self, findings: Iterable[Finding]) -> None:
        """Adds findings that no rule can see, and no record withdraws.

        Args:
            findings: The findings.
        """
        self._kept += findings

    def explain(self, old: Sequence[Finding], new: Sequence[Finding]) -> None:
        """Puts findings with their cause in the place of those that the rules made.

        An explained finding stands as long as a rule repeats one of those it explains. An old one
        that no new one is about is kept silent for as long.

        Args:
            old: Findings as `read` returned them.
            new: What to tell instead.
        """
        cases = [case for case in self._cases if case.told in old and not case.is_explained]
        if not cases:
            return
        for case in cases:
            case.is_explained = True
        for finding in new:
            about = [case for case in cases if set(case.told.weights) & set(finding.weights)]
            self._explanations.append(_Explanation(finding, about or cases))

    def take_troubles(self) -> list[str]:
        """Returns a sentence for each rule that has failed since the last call."""
        troubles, self._troubles = self._troubles, []
        return troubles

    def _ask(self, rule):
        try:
            findings = list(rule(self.window) or ())
            if not all(isinstance(finding, Finding) for finding in findings):
                raise TypeError(f"a rule must give findings. Received: {findings!r}")
            return findings
        except Exception as error:
            self._rules.remove(rule)
            name = getattr(rule, "__name__", repr(rule))
            self._troubles.append(f"turns off rule {name} after {type(error).__name__}: {error}")
            return []


def _follow(before, rule, finding):
    """The earlier case that a finding continues, brought up to date, or `None`."""
    for subject in _subjects(finding):
        case = before.get((rule, subject))
        if case is not None and not case.stands and not _is_louder(finding, case.told):
            case.stands = True
            case.finding = dataclasses.replace(finding, step=case.told.step, epoch=case.told.epoch)
            return case
    return None


def _subjects(finding):
    """What tells whether two findings of a rule are the same one."""
    return [(finding.symptom, path) for path in finding.weights or (finding.layer,)]


def _at(record, finding):
    """The finding with the step of a record, where the rule did not say one."""
    if finding.step is not None:
        return finding
    return dataclasses.replace(finding, step=record.step, epoch=record.epoch)


def _is_louder(finding, other):
    return SEVERITIES.index(finding.severity) < SEVERITIES.index(other.severity)
