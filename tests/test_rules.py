"""The rules for gradients that are missing, zero, dead or not finite: alarm, no alarm, healing."""

import functools

import numpy as np
import pytest
from rule_records import BIAS, KERNEL, MISSING, NAN, OTHER, WEIGHTS, ZERO, dead, record, weight

from keras_gradwatch.monitor.tracker import FindingTracker
from keras_gradwatch.rules import default_rules
from keras_gradwatch.rules.dead_channels import dead_channels
from keras_gradwatch.rules.missing import missing
from keras_gradwatch.rules.non_finite import lost_loss, non_finite
from keras_gradwatch.rules.penalty_only import penalty_only
from keras_gradwatch.rules.zero import zero


def read(rule, specials, **arguments):
    """The tracker of one rule after records, each with what is special of it."""
    tracker = FindingTracker([rule])
    for step, special in enumerate(specials):
        tracker.read(record(10 * step, **special, **arguments))
    assert tracker.take_troubles() == []  # A rule that raises would be silent.
    return tracker


def test_missing_is_found_on_the_first_record():
    (finding,) = read(missing, [{"one_kernel": MISSING}]).findings
    assert (finding.symptom, finding.severity) == ("missing", "error")
    assert finding.weights == (KERNEL.path,)
    assert finding.layer == "one"
    assert finding.message == "one/kernel (4, 8) gets no gradient."


def test_missing_groups_the_weights_of_a_layer():
    tracker = FindingTracker([missing])
    new = tracker.read(
        record(0, **dict.fromkeys(("one_kernel", "one_bias", "two_kernel"), MISSING))
    )
    assert [f.weights for f in new] == [(KERNEL.path, BIAS.path), (OTHER.path,)]


def test_missing_heals():
    assert read(missing, [{"one_kernel": MISSING}, {}]).findings == []


def test_zero_has_patience():
    assert read(zero, [{"one_kernel": ZERO}] * 2).findings == []
    (finding,) = read(zero, [{"one_kernel": ZERO}] * 3).findings
    assert (finding.severity, finding.weights) == ("error", (KERNEL.path,))
    assert finding.evidence == {"samples": 3, "since_step": 0, "was_alive": False}


def test_zero_of_a_weight_that_was_alive_has_more_patience():
    assert read(zero, [{}] + [{"one_kernel": ZERO}] * 4).findings == []
    (finding,) = read(zero, [{}] + [{"one_kernel": ZERO}] * 5).findings
    assert finding.severity == "warning"
    assert finding.evidence["since_step"] == 10


@pytest.mark.parametrize(
    ("dies", "losses", "severity"),
    [
        ("two_kernel", (1.0, 0.95), "info"),  # A branch: the gradient reaches the one before.
        ("two_kernel", (1.0, 1.0), "warning"),
        ("one_kernel", (1.0, 0.95), "warning"),  # Nothing before it tells.
    ],
)
def test_a_branch_that_dies_is_information_while_the_loss_falls(dies, losses, severity):
    tracker = FindingTracker([zero])
    for step in range(6):
        special = {dies: ZERO} if step else {}
        tracker.read(record(10 * step, loss=losses[step > 0], **special))
    assert [finding.severity for finding in tracker.findings] == [severity]


def test_zero_heals_and_starts_to_count_anew():
    dying = [{"one_kernel": ZERO}] * 3
    assert read(zero, [*dying, {}]).findings == []
    assert read(zero, [*dying, {}, *dying]).findings == []


def test_zero_that_came_and_went_before_has_to_be_longer():
    """A branch that every second batch leaves out is left out five times in a row by chance."""
    turns = [{}, {"one_kernel": ZERO}] * 8
    assert read(zero, [*turns, *[{"one_kernel": ZERO}] * 7]).findings == []
    assert read(zero, [*turns, *[{"one_kernel": ZERO}] * 12]).findings


def shrinking(quotients, step=-1e-3):
    """A kernel that gets smaller, with these quotients of gradient and weight."""
    sizes = [2.0 * (1 + step * i) for i in range(len(quotients))]
    pairs = zip(quotients, sizes, strict=True)
    return [{"one_kernel": {"norm": q * size, "weight_norm": size}} for q, size in pairs]


def test_a_gradient_proportional_to_a_kernel_that_shrinks_is_a_penalty():
    (finding,) = read(penalty_only, shrinking([2e-3] * 3)).findings
    assert (finding.symptom, finding.weights) == ("zero", (KERNEL.path,))
    assert "0.002 times the weight in each batch" in finding.message
    assert read(penalty_only, shrinking([2e-3] * 2)).findings == []


def test_a_gradient_of_the_data_is_no_penalty():
    assert read(penalty_only, shrinking([2e-3, 2.001e-3, 2e-3])).findings == []
    assert read(penalty_only, shrinking([2e-3] * 3, step=0)).findings == []
    assert read(penalty_only, shrinking([2e-3] * 3, step=1e-3)).findings == []
    assert read(penalty_only, shrinking([0.0] * 3)).findings == []


FAINT = {"norm": 1e-9, "std": 1e-10, "max_abs": 1e-9}


@pytest.mark.parametrize(
    ("norms", "is_found"),
    [
        ((ZERO, ZERO, FAINT, ZERO), True),
        ((ZERO, FAINT, ZERO, FAINT, ZERO), True),
        ((ZERO, ZERO, FAINT), False),  # It may grow: a branch that starts at zero.
        ((FAINT, FAINT, FAINT, FAINT), False),  # It vanishes, and is not 0.
        ((ZERO, {}, ZERO, ZERO), False),
        ((ZERO, {"norm": 1e-5}, ZERO, ZERO), False),
    ],
)
def test_what_is_zero_in_most_batches_and_rounding_in_the_others_counts_as_zero(norms, is_found):
    weights = (*WEIGHTS, weight("three/kernel"))
    specials = [{"one_kernel": norm, "one_bias": norm} for norm in norms]
    found = read(zero, specials, weights=weights).findings
    assert [(f.severity, f.weights) for f in found] == is_found * [("error", (KERNEL.path,))]


def test_missing_is_not_zero():
    assert read(zero, [{"one_kernel": MISSING}] * 9).findings == []


def test_dead_channels_are_counted_over_records_not_in_one():
    taking_turns = [{"one_kernel": dead(*(c for c in range(8) if c != i % 8))} for i in range(30)]
    assert read(dead_channels, taking_turns).findings == []


def test_dead_channels_warn_when_they_are_most():
    (finding,) = read(dead_channels, [{"one_kernel": dead(*range(7))}] * 8).findings
    assert finding.severity == "warning"
    assert finding.evidence == {
        "dead": 7,
        "channels": 8,
        "never_alive": 7,
        "samples": 8,
        "silent_for_samples": 8,
    }


def test_dead_channels_that_the_sign_of_a_kernel_explains_are_information():
    for channels, weights in ((2, 3), (9, 12), (36, 64)):
        wide = (weight("one/kernel", (1, weights)), OTHER)
        records = [{"one_kernel": dead(*range(channels), of=weights)}] * 8
        assert [f.severity for f in read(dead_channels, records, weights=wide).findings] == ["info"]
    records = [{"one_kernel": dead(*range(42), of=64)}] * 8
    wide = (weight("one/kernel", (1, 64)), OTHER)
    assert read(dead_channels, records, weights=wide).findings[0].severity == "warning"


def test_dead_channels_tell_never_from_not_any_more():
    records = [{"one_kernel": dead(0)}] * 5 + [{"one_kernel": dead(0, 1, 2)}] * 8
    (finding,) = read(dead_channels, records).findings
    assert finding.severity == "info"
    assert finding.message.startswith("3 of 8 output channels of one/kernel (4, 8) receive no ")
    assert finding.message.endswith("1 never received one, 2 no longer receive one.")


def test_dead_channels_heal():
    records = [{"one_kernel": dead(0, 1, 2)}] * 10
    assert read(dead_channels, records).findings
    assert read(dead_channels, [*records, {}]).findings == []


def test_a_few_dead_channels_are_not_worth_a_word():
    few = functools.partial(dead_channels, few=0.2)
    assert read(few, [{"one_kernel": dead(0)}] * 20).findings == []


def test_a_dead_layer_is_zero_not_dead_channels():
    tracker = read(dead_channels, [{"one_kernel": ZERO}] * 20)
    assert tracker.findings == []


def test_non_finite_is_found_on_the_first_record():
    (finding,) = read(non_finite, [{"one_kernel": NAN}]).findings
    assert (finding.symptom, finding.severity) == ("non-finite", "error")
    assert finding.evidence["nonfinite"] == [3]
    assert "3 of 32 elements" in finding.message


def test_non_finite_heals():
    assert read(non_finite, [{"one_kernel": NAN}, {}]).findings == []


def test_a_step_that_the_loss_scale_skips_is_no_alarm():
    assert read(non_finite, [{"one_kernel": NAN}] * 15, skipped=True).findings == []


def test_skipping_without_end_is_an_alarm():
    (finding,) = read(non_finite, [{"one_kernel": NAN}] * 16, skipped=True).findings
    assert finding.evidence["samples"] == 16


def test_a_step_that_is_not_skipped_ends_the_count_of_skips():
    tracker = FindingTracker([non_finite])
    for step in range(40):
        is_skipped = step % 15 != 0
        tracker.read(record(step, one_kernel=NAN if is_skipped else {}, skipped=is_skipped))
    assert tracker.findings == []


@pytest.mark.parametrize("loss", [np.inf, np.nan])
def test_a_skipped_step_without_a_finite_loss_is_an_alarm(loss):
    tracker = FindingTracker([non_finite])
    tracker.read(record(0))
    tracker.read(record(1, one_kernel=NAN, loss=loss, skipped=True))
    assert [f.symptom for f in tracker.findings] == ["non-finite"]


def test_a_loss_that_nobody_reports_is_not_lost():
    unknown = {"loss": np.nan, "has_loss": False}
    assert read(non_finite, [{"one_kernel": NAN}], skipped=True, **unknown).findings == []
    assert read(lost_loss, [{}], **unknown).findings == []


@pytest.mark.parametrize("loss", [np.inf, np.nan])
def test_a_loss_that_is_lost_beside_finite_gradients_is_an_alarm_at_once(loss):
    (finding,) = read(lost_loss, [{}], loss=loss).findings
    assert (finding.symptom, finding.severity) == ("non-finite", "error")
    assert read(lost_loss, [{"one_kernel": NAN}], loss=loss).findings == []
    assert read(lost_loss, [{}]).findings == []


def test_ordinary_records_give_no_finding():
    tracker = FindingTracker(default_rules())
    for step in range(100):
        tracker.read(record(step))
    assert tracker.findings == []


def test_the_order_of_the_weights_does_not_matter():
    special = {"one_kernel": ZERO, "one_bias": MISSING, "two_kernel": dead(0, 1)}
    trackers = []
    for weights in (WEIGHTS, WEIGHTS[::-1]):
        trackers.append(FindingTracker(default_rules()))
        for step in range(12):
            trackers[-1].read(record(step, weights=weights, **special))
    one, other = (
        {(f.symptom, f.severity, f.weights, f.message) for f in b.findings} for b in trackers
    )
    assert one == other
    assert len(one) == 3
