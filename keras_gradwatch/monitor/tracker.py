"""The tracker: which findings stand, which of them are new, and which were withdrawn."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence

from keras_gradwatch.findings import SEVERITIES, Finding
from keras_gradwatch.monitor.joining import is_known, joined
from keras_gradwatch.monitor.window import Window
from keras_gradwatch.record import Record

Rule = Callable[[Window], Iterable[Finding]]
"""A rule: a function of the window that gives the findings which hold now."""


_MEMORY = 8
"""Number of samples for which a finding that was withdrawn explains others: the longest row that a
rule looks at, so that both have seen some of the same samples."""


@dataclasses.dataclass(eq=False)
class _Alert:
    """What one rule says of some weights for as long as it says it, and whether it was reported."""

    rule: int
    reported: Finding
    finding: Finding
    stands: bool = True
    last: int = 0
    is_reported: bool = False
    is_explained: bool = False

    def update(self, finding: Finding, count: int) -> None:
        self.stands, self.last = True, count
        self.finding = dataclasses.replace(
            finding, step=self.reported.step, epoch=self.reported.epoch
        )


@dataclasses.dataclass
class _Explanation:
    """A finding with its cause, in the place of the alerts that it explains."""

    finding: Finding
    alerts: list[_Alert]

    @property
    def stands(self) -> bool:
        return any(alert.stands for alert in self.alerts)

    def leave(self, alert: _Alert) -> None:
        """Takes out an alert that is reported anew, louder, with the weights that are its own."""
        if alert in self.alerts:
            self.alerts.remove(alert)
            kept = {path for one in self.alerts for path in one.reported.weights}
            gone = {*alert.reported.weights, *alert.finding.weights} - kept
            weights = tuple(path for path in self.finding.weights if path not in gone)
            self.finding = dataclasses.replace(self.finding, weights=weights)

    @property
    def current(self) -> Finding:
        """The finding without the weights that have healed, with the numbers of now."""
        standing = [alert for alert in self.alerts if alert.stands]
        reported = {path for alert in self.alerts for path in alert.reported.weights}
        healed = reported - {path for alert in standing for path in alert.finding.weights}
        weights = tuple(path for path in self.finding.weights if path not in healed)
        evidence = dict(self.finding.evidence)
        if len(self.alerts) == 1:  # With several the numbers of one would stand for all.
            evidence |= standing[0].finding.evidence
        return dataclasses.replace(self.finding, weights=weights, evidence=evidence)


class FindingTracker:
    """Asks the rules after each record, and keeps what they find.

    A finding that a rule repeats is the same one, brought up to date, when it has the same symptom
    and is about one of the same weights. One that no rule repeats is withdrawn; should it come
    back, it stands again and is not new. It is new again when it has become louder.

    Args:
        rules: The rules. One that raises is not asked again; `take_troubles` tells of it.
        apart: Symptoms that are new even where another finding explains them.

    Example:

    ```python
    tracker = FindingTracker(default_rules())
    for record in records:
        for finding in joined(tracker.read(record)):
            print(finding.message)
    ```
    """

    def __init__(self, rules: Sequence[Rule], apart: Iterable[str] = ()):
        self.window = Window()
        self._apart = frozenset(apart)
        self._rules = list(rules)
        self._alerts: list[_Alert] = []
        self._of_subject: dict[tuple[int, str, str | None], _Alert] = {}
        self._explanations: list[_Explanation] = []
        self._added: list[Finding] = []
        self._kept: list[Finding] = []
        self._troubles: list[str] = []

    @property
    def findings(self) -> list[Finding]:
        """The findings that stand now, one for each fault."""
        explained = [e.current for e in self._explanations if e.stands]
        plain = [alert.finding for alert in self._alerts if alert.stands and not alert.is_explained]
        return joined([*self._kept, *self._added, *explained, *plain])

    @property
    def withdrawn(self) -> list[Finding]:
        """The findings that were reported and do not stand any more, as they were last."""
        explained = [e.finding for e in self._explanations if not e.stands]
        current = self._of_subject.values()  # Not the one that has grown into another one.
        plain = [
            alert.finding
            for alert in self._alerts
            if alert.is_reported and not (alert.stands or alert.is_explained) and alert in current
        ]
        return joined([*explained, *plain])

    def read(self, record: Record) -> list[Finding]:
        """Asks the rules about a new record.

        Args:
            record: The record, after all earlier ones.

        Returns:
            The findings that are new. A finding that another one explains, which was reported
            before, is none of them.
        """
        self.window.add(record)
        self._added = []
        for alert in self._alerts:
            alert.stands = False
        for rule in list(self._rules):
            for finding in self._ask(rule):
                self._note(id(rule), _at(record, finding))
        return self._new()

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
        that no new one is about is kept silent.

        Args:
            old: Findings as `read` returned them.
            new: What to tell instead.
        """
        alerts = [
            alert for alert in self._alerts if alert.reported in old and not alert.is_explained
        ]
        if not alerts:
            return
        for alert in alerts:
            alert.is_explained = True
        for finding in new:
            about = [
                alert for alert in alerts if set(alert.reported.weights) & set(finding.weights)
            ]
            self._explanations.append(_Explanation(finding, about or alerts))

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

    def _note(self, rule, finding):
        """Brings the alert that a finding continues up to date, or opens one."""
        subjects = [(rule, *subject) for subject in _subjects(finding)]
        known = (self._of_subject.get(subject) for subject in subjects)
        alert = next((c for c in known if c is not None and not c.stands), None)
        if alert is not None and _is_louder(finding, alert.reported):
            self._forget(alert)
            alert = None
        if alert is None:
            alert = _Alert(rule, reported=finding, finding=finding)
            self._alerts.append(alert)
        alert.update(finding, self.window.count)
        self._of_subject.update(dict.fromkeys(subjects, alert))

    def _forget(self, alert):
        self._alerts.remove(alert)
        self._of_subject = {s: c for s, c in self._of_subject.items() if c is not alert}
        for explanation in self._explanations:
            explanation.leave(alert)
        self._explanations = [e for e in self._explanations if e.alerts]

    def _new(self):
        """What was not reported yet, unless a finding that was explains it."""
        oldest = self.window.count - _MEMORY
        recent = [alert for alert in self._alerts if alert.is_reported and alert.last > oldest]
        reported = [finding for alert in recent for finding in (alert.reported, alert.finding)]
        new = []
        for alert in self._alerts:
            if alert.stands and not alert.is_reported:
                known = (
                    [] if alert.reported.symptom in self._apart else _known(reported, alert.finding)
                )
                # The same symptom, of another rule, is reported; a consequence may be yet.
                alert.is_reported = not known or alert.reported.symptom in known
                if not known:
                    new.append(alert.finding)
        return new


def _known(reported, finding):
    """The symptoms of the findings that say what this one says."""
    return [one.symptom for one in reported if is_known(one, finding)]


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
