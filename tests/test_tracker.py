"""The tracker: findings are new once, updated, withdrawn, explained; rules that fail."""

import dataclasses

import pytest
from rule_records import MISSING, record

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.joining import joined
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


def test_a_finding_that_comes_back_stands_again_and_is_not_new(tracker):
    standing = []
    for step, special in enumerate([MISSING, {}, MISSING, {}]):
        new = tracker.read(record(step, one_kernel=special))
        standing.append((len(new), len(tracker.findings), len(tracker.withdrawn)))
    assert standing == [(1, 1, 0), (0, 0, 1), (0, 1, 0), (0, 0, 1)]
    assert tracker.withdrawn[0].step == 0


def test_an_explanation_comes_back_with_its_finding(tracker):
    told = tracker.read(record(0, one_kernel=MISSING))
    tracker.explain(told, explained(told, ("one/kernel",)))
    tracker.read(record(1))
    assert [f.cause for f in tracker.withdrawn] == ["unused"]
    assert tracker.read(record(2, one_kernel=MISSING)) == []
    assert [f.cause for f in tracker.findings] == ["unused"]


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


def test_a_finding_that_the_explanation_rejects_is_silent(tracker):
    told = tracker.read(record(0, one_kernel=MISSING))
    tracker.explain(told, [])
    assert tracker.read(record(1, one_kernel=MISSING)) == []
    assert tracker.findings == []


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


def always(symptom, *weights, severity="warning", since=0):
    """A rule that makes this finding from a record on."""

    def rule(window):
        if window.count > since:
            yield Finding(symptom, severity=severity, weights=weights, message=f"{symptom}!")

    return rule


def news(rules, records=3, **arguments):
    """The symptoms that are new at each record, and the tracker."""
    tracker = FindingTracker(rules, **arguments)
    new = [[f.symptom for f in joined(tracker.read(record(step)))] for step in range(records)]
    return new, tracker


EXPLODES = always("exploding", "one/kernel", "two/kernel")
DIES = always("dead-channels", "one/kernel", since=1)


def test_a_warning_about_layers_that_another_finding_is_about_is_its_evidence():
    new, tracker = news([EXPLODES, DIES])
    assert new == [["exploding"], [], []]
    (finding,) = tracker.findings
    assert finding.evidence["also"] == [{"symptom": "dead-channels", "message": "dead-channels!"}]
    assert finding.symptoms == {"exploding", "dead-channels"}
    assert "dead-channels!" in str(finding)


def test_what_two_findings_of_one_fault_both_say_is_said_once():
    found = [Finding("zero", weights=(path,), message="2 are zero") for path in ("a/k", "b/k")]
    (finding,) = joined(found)
    assert finding.weights == ("a/k", "b/k")
    assert str(finding).count("2 are zero") == 1


def test_a_symptom_that_stops_the_training_is_new_whatever_explains_it():
    assert news([EXPLODES, DIES], apart={"dead-channels"})[0][1] == ["dead-channels"]


def test_a_warning_about_other_layers_is_not_explained():
    assert news([EXPLODES, always("dead-channels", "three/kernel", since=1)])[0][1]


def test_a_lost_loss_is_about_all_layers_and_a_nan_after_it_is_its_evidence():
    lost = always("non-finite", severity="error")
    nan = always("non-finite", "one/kernel", severity="error", since=1)
    new, tracker = news([lost, nan, EXPLODES])
    assert new == [["non-finite"], ["non-finite"], []]  # Its line is to be found.
    assert [finding.weights for finding in tracker.findings] == [()]


def test_an_error_is_new_beside_a_warning_and_in_another_layer():
    zero = [
        always("zero", f"{one}/kernel", severity="error", since=i) for i, one in enumerate("ab")
    ]
    assert news(zero)[0] == [["zero"], ["zero"], []]
    assert news([EXPLODES, always("zero", "one/kernel", severity="error", since=1)])[0][1]


def test_one_symptom_of_many_layers_is_one_finding():
    rules = [always("dead-channels", f"{i}/kernel", since=i // 8) for i in range(16)]
    new, tracker = news(rules)
    assert new == [["dead-channels"], [], []]
    assert [len(f.weights) for f in tracker.findings] == [16]


def test_what_was_explained_is_new_when_its_leader_is_withdrawn():
    def leader(window):
        return EXPLODES(window) if window.count < 3 else ()

    new, _ = news([leader, DIES], records=12)
    assert new == [["exploding"], *[[]] * 8, ["dead-channels"], [], []]


def test_two_rules_of_one_symptom_are_one_finding():
    rules = [always("zero", "one/kernel", severity=severity) for severity in ("info", "error")]
    new, tracker = news(rules)
    assert new == [["zero"], [], []]
    assert [finding.severity for finding in tracker.findings] == ["error"]


def test_an_information_about_more_weights_than_the_error_stands_beside_it():
    rules = [
        always("zero", "a/kernel", severity="error"),
        always("zero", "a/kernel", "b/kernel", severity="info"),
    ]
    assert [f.severity for f in news(rules)[1].findings] == ["error", "info"]


def test_of_a_cause_that_is_told_louder_the_louder_one_stands():
    def louder(window):
        for i, path in enumerate(("one/kernel", "two/kernel")):
            is_error = i == 0 and window.count > 1
            severity = "error" if is_error else "info"
            yield Finding("zero", severity=severity, weights=(path,), message=path)

    tracker = FindingTracker([louder])
    for step in range(2):
        told = tracker.read(record(step))
        weights = tuple(path for finding in told for path in finding.weights)
        tracker.explain(told, explained(told, weights))
    assert [(f.severity, f.weights) for f in tracker.findings] == [
        ("error", ("one/kernel",)),
        ("info", ("two/kernel",)),
    ]
