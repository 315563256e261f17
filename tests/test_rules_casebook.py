"""The casebook: told once, brought up to date, withdrawn, come back, explained; rules that fail."""

import dataclasses

import pytest
from rule_records import MISSING, record

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.tracker import Casebook
from keras_gradwatch.rules.missing import missing

BOTH = {"one_kernel": MISSING, "two_kernel": MISSING}


@pytest.fixture
def book():
    return Casebook([missing])


def test_a_finding_is_told_once(book):
    told = [book.read(record(step, one_kernel=MISSING)) for step in range(4)]
    assert [len(findings) for findings in told] == [1, 0, 0, 0]


def test_a_finding_is_brought_up_to_date_and_keeps_its_first_step(book):
    for step in range(5, 9):
        book.read(record(step, one_kernel=MISSING))
    (finding,) = book.findings
    assert (finding.step, finding.epoch) == (5, 0)
    assert finding.evidence["samples"] == 4


def test_a_finding_that_comes_back_is_told_again(book):
    specials = [MISSING, {}, MISSING, MISSING]
    told = [book.read(record(step, one_kernel=special)) for step, special in enumerate(specials)]
    assert [len(findings) for findings in told] == [1, 0, 1, 0]
    assert book.findings[0].step == 2


def test_a_finding_that_grows_is_the_same_one(book):
    book.read(record(0, one_kernel=MISSING))
    assert book.read(record(1, one_kernel=MISSING, one_bias=MISSING)) == []
    assert book.findings[0].weights == ("one/kernel", "one/bias")


def test_a_finding_that_becomes_louder_is_told_again():
    def louder(history):
        severity = "warning" if history.count > 2 else "info"
        yield Finding("vanishing", severity=severity, weights=("one/kernel",))

    book = Casebook([louder])
    told = [[f.severity for f in book.read(record(step))] for step in range(4)]
    assert told == [["info"], [], ["warning"], []]
    assert len(book.findings) == 1


def explained(findings, weights, **changes):
    changes = {"cause": "unused", "weights": weights} | changes
    return [dataclasses.replace(findings[0], **changes)]


def test_an_explained_finding_stays_in_place_and_heals_with_its_weights(book):
    told = book.read(record(0, **BOTH))
    book.explain(told, explained(told, ("one/kernel", "two/kernel")))
    assert book.read(record(1, **BOTH)) == []
    assert [(f.cause, f.weights) for f in book.findings] == [
        ("unused", ("one/kernel", "two/kernel"))
    ]
    book.read(record(2, two_kernel=MISSING))
    assert [(f.cause, f.weights) for f in book.findings] == [("unused", ("two/kernel",))]
    book.read(record(3))
    assert book.findings == []


def test_two_explained_findings_heal_each_with_its_own_weights(book):
    told = book.read(record(0, **BOTH))
    new = [*explained(told, ("one/kernel",)), *explained(told, ("two/kernel",))]
    book.explain(told, new)
    book.read(record(1, two_kernel=MISSING))
    assert [f.weights for f in book.findings] == [("two/kernel",)]


def test_an_explained_finding_gets_the_numbers_of_now(book):
    told = book.read(record(0, one_kernel=MISSING))
    book.explain(told, explained(told, ("one/kernel",), evidence={"samples": 1, "path": "x"}))
    book.read(record(1, one_kernel=MISSING))
    assert book.findings[0].evidence == {"samples": 2, "path": "x"}


def test_a_finding_that_the_explanation_rejects_is_silent_until_it_heals(book):
    told = book.read(record(0, one_kernel=MISSING))
    book.explain(told, [])
    assert book.read(record(1, one_kernel=MISSING)) == []
    assert book.findings == []
    book.read(record(2))
    assert len(book.read(record(3, one_kernel=MISSING))) == 1


def test_an_explanation_that_comes_after_the_healing_is_dropped(book):
    told = book.read(record(0, one_kernel=MISSING))
    book.read(record(1))
    book.explain(told, explained(told, ("one/kernel",)))
    assert book.findings == []


def test_an_added_finding_stands_until_a_step_runs(book):
    book.add([Finding("missing", cause="no-loss")])
    assert [f.cause for f in book.findings] == ["no-loss"]
    book.read(record(0))
    assert book.findings == []


def test_a_rule_that_raises_is_told_once_and_the_others_go_on():
    def broken(history):
        return [history.no_such_column]

    book = Casebook([broken, missing])
    assert len(book.read(record(0, one_kernel=MISSING))) == 1
    (trouble,) = book.take_troubles()
    assert trouble.startswith("turns off rule broken after AttributeError")
    book.read(record(1))
    assert book.take_troubles() == []


def test_a_rule_that_gives_something_else_is_told():
    book = Casebook([lambda history: ["it is bad"]])
    book.read(record(0))
    assert "a rule must give findings. Received: ['it is bad']" in book.take_troubles()[0]


def test_a_rule_may_give_nothing():
    book = Casebook([lambda history: None])
    assert book.read(record(0)) == []
    assert book.take_troubles() == []


def test_two_rules_of_one_symptom_do_not_mix():
    def rule(severity):
        return lambda history: [Finding("zero", severity=severity, weights=("one/kernel",))]

    book = Casebook([rule("info"), rule("error")])
    told = [book.read(record(step)) for step in range(3)]
    assert [len(findings) for findings in told] == [2, 0, 0]
    assert [finding.severity for finding in book.findings] == ["info", "error"]
