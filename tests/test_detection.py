"""What the rules say of the trainings that benchmarks/detection keeps: real ones, asked again."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from benchmarks.detection.__main__ import ours
from benchmarks.detection.logs import Run
from benchmarks.detection.training import RUNS, SETS
from keras_gradwatch import default_rules

KNOWN_MISSES = {
    "saturated_init",
    "gates_of_raw_pixels",
    "adam_epsilon_one",
    "clipnorm_of_retinanet",
    "fraud_weight",
    "padding_after_the_signal",
    "rating_through_sigmoid",
}


def runs(name):
    found = [Run.load(file) for file in sorted(RUNS.glob(f"{name}-*.npz"))]
    assert found
    return [run for run in found if run.is_fair]


@pytest.mark.parametrize("name", [f"{name}-healthy" for name in SETS])
def test_healthy_trainings_are_left_in_peace(name):
    assert {run.name: alarms for run in runs(name) if (alarms := list(ours(run)))} == {}


@pytest.mark.parametrize("name", [f"{name}-faulty" for name in SETS])
def test_faults_are_found_with_the_right_symptom_and_few_warnings(name):
    missed = set()
    for run in runs(name):
        alarms = list(ours(run))
        assert len(alarms) <= 3, run.name
        symptoms = set().union(*(symptoms for _, symptoms in alarms))
        missed |= set() if symptoms & set(run.symptoms) else {run.name}
    assert missed <= KNOWN_MISSES


@pytest.mark.parametrize("rule", default_rules(), ids=lambda rule: rule.__name__)
def test_a_rule_speaks_of_the_ill_run_on_its_page_and_not_of_the_healthy_one(rule):
    pictures = pytest.importorskip("benchmarks.detection.pictures")
    _, _, healthy, ill = pictures.PICTURES[rule.__name__]
    assert not list(ours(pictures.run_of("healthy", healthy), [rule]))
    assert list(ours(pictures.run_of("faulty", ill), [rule]))


def test_a_kept_training_is_what_was_recorded(tmp_path):
    (run, *_) = runs("third-faulty")
    run.save(tmp_path / "again.npz")
    again = Run.load(tmp_path / "again.npz")
    assert list(ours(again)) == list(ours(run))
    assert again.records[0].weights == run.records[0].weights
    assert again.records[-1].loss == run.records[-1].loss
