"""The tracker: findings are new once, updated, withdrawn, explained; rules that fail."""

import dataclasses

import pytest
from rule_records import MISSING, record

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.tracker import FindingTracker
from keras_gradwatch.rules.missing import missing

BOTH = {"one_kernel": MISSING, "two_kernel": MISSING}


@pytest.fixture
def tracker():
    return FindingTracker([missing])


def test_a_finding_is_told_once(tracker):
    told = [tracker.read(record(step, one_kernel=MISSING)) for step in range(4)]
    assert [len(findings) for findings in told] == [1, 0, 0, 0]


def test_a_finding_is_brought_up_to_date_and_keeps_its_first_step(tracker):
    for step in range(5, 9):
        tracker.read(record(step, one_kernel=MISSING))
    (finding,) = tracker.findings
    assert (finding.step, finding.epoch) == (5, 0)
    assert finding.evidence["samples"] == 4


def test_a_finding_that_comes_back_is_told_again(tracker):
    specials = [MISSING, {}, MISSING, MISSING]
    told = [tracker.read(record(step, one_kernel=special)) for step, special in enumerate(specials)]
    assert [len(findings) for findings in told] == [1, 0, 1, 0]
    assert tracker.findings[0].step == 2


def test_a_finding_that_grows_is_the_same_one(tracker):
    tracker.read(record(0, one_kernel=MISSING))
    assert tracker.read(record(1, one_kernel=MISSING, one_bias=MISSING)) == []
    assert tracker.findings[0].weights == ("one/kernel", "one/bias")


def test_a_finding_that_becomes_louder_is_told_again():
    def louder(window):
        severity = "warning" if window.count > 2 else "info"
        yield Finding("vanishing", severity=severity, weights=("one/kernel",))

    tracker = FindingTracker([louder])
    told = [[f.severity for f in tracker.read(record(step))] for step in range(4)]
    assert told == [["info"], [], ["warning"], []]
    assert len(tracker.findings) == 1


def explained(findings, weights, **changes):
    changes = {"cause": "unused", "weights": weights} | changes
    return [dataclasses.replace(findings[0], **changes)]


def test_an_explained_finding_stays_in_place_and_heals_with_its_weights(tracker):
    told = tracker.read(record(0, **BOTH))
    tracker.explain(told, explained(told, ("one/kernel", "two/kernel")))
    assert tracker.read(record(1, **BOTH)) == []
    assert [(f.cause, f.weights) for f in tracker.findings] == [
        ("unused", ("one/kernel", "two/kernel"))
    ]
    tracker.read(record(2, two_kernel=MISSING))
    assert [(f.cause, f.weights) for f in tracker.findings] == [("unused", ("two/kernel",))]
    tracker.read(record(3))
    assert tracker.findings == []


def test_two_explained_findings_heal_each_with_its_own_weights(tracker):
    told = tracker.read(record(0, **BOTH))
    new = [*explained(told, ("one/kernel",)), *explained(told, ("two/kernel",))]
    tracker.explain(told, new)
    tracker.read(record(1, two_kernel=MISSING))
    assert [f.weights for f in tracker.findings] == [("two/kernel",)]


def test_an_explained_finding_gets_the_numbers_of_now(tracker):
    told = tracker.read(record(0, one_kernel=MISSING))
    tracker.explain(told, explained(told, ("one/kernel",), evidence={"samples": 1, "path": "x"}))
    tracker.read(record(1, one_kernel=MISSING))
    assert tracker.findings[0].evidence == {"samples": 2, "path": "x"}


def test_a_finding_that_the_explanation_rejects_is_silent_until_it_heals(tracker):
    told = tracker.read(record(0, one_kernel=MISSING))
    tracker.explain(told, [])
    assert tracker.read(record(1, one_kernel=MISSING)) == []
    assert tracker.findings == []
    tracker.read(record(2))
    assert len(tracker.read(record(3, one_kernel=MISSING))) == 1


def test_an_explanation_that_comes_after_the_healing_is_dropped(tracker):
    told = tracker.read(record(0, one_kernel=MISSING))
    tracker.read(record(1))
    tracker.explain(told, explained(told, ("one/kernel",)))
    assert tracker.findings == []


def test_an_added_finding_stands_until_a_step_runs(tracker):
    tracker.add([Finding("missing", cause="no-loss")])
    assert [f.cause for f in tracker.findings] == ["no-loss"]
    tracker.read(record(0))
    assert tracker.findings == []


def test_a_rule_that_raises_is_told_once_and_the_others_go_on():
    def broken(window):
        return [window.no_such_column]

    tracker = FindingTracker([broken, missing])
    assert len(tracker.read(record(0, one_kernel=MISSING))) == 1
    (trouble,) = tracker.take_troubles()
    assert trouble.startswith("turns off rule broken after AttributeError")
    tracker.read(record(1))
    assert tracker.take_troubles() == []


def test_a_rule_that_gives_something_else_is_told():
    tracker = FindingTracker([lambda window: ["it is bad"]])
    tracker.read(record(0))
    assert "a rule must give findings. Received: ['it is bad']" in tracker.take_troubles()[0]


def test_a_rule_may_give_nothing():
    tracker = FindingTracker([lambda window: None])
    assert tracker.read(record(0)) == []
    assert tracker.take_troubles() == []


def test_two_rules_of_one_symptom_do_not_mix():
    def rule(severity):
        return lambda window: [Finding("zero", severity=severity, weights=("one/kernel",))]

    tracker = FindingTracker([rule("info"), rule("error")])
    told = [tracker.read(record(step)) for step in range(3)]
    assert [len(findings) for findings in told] == [2, 0, 0]
    assert [finding.severity for finding in tracker.findings] == ["info", "error"]
