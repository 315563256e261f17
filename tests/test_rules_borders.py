"""What keeps a rule quiet where most of its conditions hold, each condition by itself."""

import dataclasses

import numpy as np
import pytest
from rule_records import record, weight

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.tracker import FindingTracker
from keras_gradwatch.monitor.window import Window
from keras_gradwatch.optimizers import Settings
from keras_gradwatch.rules.penalty_only import penalty_only
from keras_gradwatch.rules.saturated import saturated
from keras_gradwatch.rules.scale import beside_other_layers
from keras_gradwatch.rules.standing_still import standing_still

THREE = (weight("one/kernel"), weight("two/kernel"), weight("three/kernel"))


def found(rule, specials, losses=None, **arguments):
    tracker, losses = FindingTracker([rule]), losses or [1.0] * len(specials)
    for step, (special, loss) in enumerate(zip(specials, losses, strict=True)):
        tracker.read(record(step, weights=THREE, loss=loss, one_kernel=special, **arguments))
    assert tracker.take_troubles() == []
    return tracker.findings


def test_a_gradient_that_jumps_and_is_never_gone_is_not_of_saturated_units():
    gone, there = ([{"norm": least ** (i % 2)} for i in range(8)] for least in (1e-3, 0.1))
    assert found(saturated, gone)
    assert found(saturated, there) == []


def test_a_penalty_is_not_all_that_a_kernel_gets_in_a_model_that_learns():
    sizes = [2.0, 1.99, 1.98]
    shrinks = [{"norm": 2e-3 * size, "weight_norm": size} for size in sizes]
    assert found(penalty_only, shrinks)
    assert found(penalty_only, shrinks, losses=[1.0, 0.8, 0.5]) == []


def test_a_weight_that_two_reasons_hold_is_told_once_with_the_first_one():
    settings = Settings("Adam", floor=1e-7, beta_2=0.999)
    weights, window = (dataclasses.replace(THREE[0], settings=settings),), Window()
    for step in range(4):
        still = {"update_ratio": 0.0, "max_abs": 1e-12}
        window.add(record(step, weights=weights, one_kernel=still, learning_rate=0.0))
    (finding,) = standing_still(window)
    assert "the learning rate is 0" in finding.message


def test_what_another_rule_said_before_is_not_new_when_that_one_falls_silent():
    def says(steps):
        def rule(window):
            if window.latest.step in steps:
                yield Finding("vanishing", severity="warning", weights=("one/kernel",))

        return rule

    tracker = FindingTracker([says(range(3)), says(range(1, 30))])
    assert [len(tracker.read(record(step))) for step in range(30)] == [1] + [0] * 29


def test_layers_are_compared_with_the_second_strongest():
    window = Window()
    window.add(record(0, weights=THREE, one_kernel={"norm": 1e6}, three_kernel={"norm": 0.1}))
    assert list(beside_other_layers(window, 1)[0]) == pytest.approx([1e6, 1.0, 0.1])


def test_a_layer_without_a_gradient_has_no_strength():
    window = Window()
    window.add(record(0, weights=THREE, one_kernel={"norm": 0.0}))
    assert np.isnan(beside_other_layers(window, 1)[0, 0])
