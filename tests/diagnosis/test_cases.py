"""The cases: each fault gets its cause, line, weights and symptom, and no healthy model an alarm.

What is missed today stands in `known_misses.py`.
"""

import known_misses
import pytest

from benchmarks.diagnosis.judge import (
    BACKEND,
    CASES,
    findings,
    fit,
    is_healthy,
    load,
    missed,
    number_of,
)
from keras_gradwatch.backends import backend

MISSES = known_misses.KNOWN_MISSES[BACKEND]

NEEDS = {"551": "tensorflow"}  # Keras' own `JaxLayer` imports it.

pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(not hasattr(backend(), "record"), reason="the backend has no recorder yet"),
]


STRUCTURAL = (
    "unused",
    "no-loss",
    "untracked",
    "frozen",
    "host-call",
    "shape-contract",
    "step-raises",
)
"""Causes that do not rest on the numbers of a step."""


def is_structural(path):
    return any(f'CODE = "{cause}"' in path.read_text() for cause in STRUCTURAL)


SLOW = ("949", "310")
"""Cases that take seconds: a residual tower and an unrolled LSTM, of which there are others."""


def marks_of(path):
    slow = [pytest.mark.slow] if number_of(path) in SLOW else []
    return slow + ([] if is_structural(path) else [pytest.mark.rounding])


def of(paths):
    cases = [pytest.param(path, marks=marks_of(path)) for path in paths]
    return pytest.mark.parametrize("path", cases, ids=lambda path: path.stem)


HEALTHY = [path for path in CASES if is_healthy(path)]


@of([path for path in CASES if not is_healthy(path)])
def test_fault(path):
    known = {aspect for number, aspect in MISSES if number == number_of(path)}
    found = missed(path)
    assert {aspect: said for aspect, said in found.items() if aspect not in known} == {}
    assert known <= found.keys(), "mended: take it out of known_misses.py"


def test_known_misses_are_of_cases_that_are_there():
    assert {number for number, _ in MISSES} <= {number_of(path) for path in CASES}


@of(HEALTHY)
def test_healthy_batch(path):
    pytest.importorskip(NEEDS.get(number_of(path), "keras"))
    assert not [finding for finding in findings(load(path)) if finding.is_loud]


@pytest.mark.slow
@of(HEALTHY)
def test_healthy_training(path):
    pytest.importorskip(NEEDS.get(number_of(path), "keras"))
    assert not [finding for finding in fit(load(path), epochs=3) if finding.is_loud]
