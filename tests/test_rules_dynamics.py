"""The rules that look at sizes over depth and time: vanishing, exploding, standing still."""

import dataclasses
import functools

import numpy as np
import pytest
from rule_records import ZERO, dead, record, weight

from keras_gradwatch.monitor.tracker import FindingTracker
from keras_gradwatch.monitor.window import Window
from keras_gradwatch.optimizers import Settings
from keras_gradwatch.rules import default_rules
from keras_gradwatch.rules.creeping import creeping
from keras_gradwatch.rules.dead_channels import dead_channels
from keras_gradwatch.rules.exploding import amplified, overshooting
from keras_gradwatch.rules.saturated import saturated
from keras_gradwatch.rules.standing_still import standing_still
from keras_gradwatch.rules.vanishing import vanishing
from keras_gradwatch.rules.zero import zero

THREE = (weight("one/kernel"), weight("two/kernel"), weight("three/kernel"))
KERNELS = ("one_kernel", "two_kernel", "three_kernel")


def read(rule, specials, losses=None, weights=THREE, has_loss=True, **arguments):
    """The tracker of one rule after records, each with what is special of it, and its loss."""
    tracker = FindingTracker([rule])
    losses = losses or [1.0] * len(specials)
    for step, (special, loss) in enumerate(zip(specials, losses, strict=True)):
        tracker.read(
            record(
                step,
                weights=weights,
                loss=loss if has_loss else np.nan,
                has_loss=has_loss,
                **arguments,
                **special,
            )
        )
    assert tracker.take_troubles() == []  # A rule that raises would be silent.
    return tracker


def norms(*values, pace=1e-3):
    """For each value a record in which the kernel of the first layer has this gradient norm."""
    return [{"one_kernel": {"norm": value, "update_ratio": pace}} for value in values]


def slow(*values):
    """The same of a kernel that hardly moves."""
    return norms(*values, pace=1e-8)


def test_a_tiny_gradient_vanishes_after_three_samples():
    assert read(vanishing, slow(1e-5, 1e-5)).findings == []
    (finding,) = read(vanishing, slow(1e-5, 1e-5, 1e-5)).findings
    assert (finding.symptom, finding.weights) == ("vanishing", ("one/kernel",))
    assert finding.evidence["share_of_other_layers"] == {"one/kernel": pytest.approx(1e-5)}


def test_a_small_gradient_vanishes_only_when_the_loss_does_not_get_better():
    small = norms(*[5e-4] * 8)
    assert read(vanishing, small).findings
    assert read(vanishing, small[:7]).findings == []
    assert read(vanishing, small, losses=[1.0] * 7 + [0.7]).findings == []


def test_a_tiny_gradient_of_a_weight_that_moves_does_no_harm_while_the_loss_comes_down():
    """As query and key of an attention at its start, under an optimizer that normalizes."""
    losses = [1.0] * 7 + [0.7]
    assert read(vanishing, norms(*[1e-5] * 8), losses).findings == []
    assert read(vanishing, slow(*[1e-5] * 8), losses).findings
    assert read(vanishing, norms(*[1e-5] * 8)).findings


def test_a_weak_layer_that_the_gradient_passes_by_does_no_harm_while_it_moves():
    weak = [{"two_kernel": {"norm": 5e-4}}] * 8
    assert read(vanishing, weak).findings == []
    below = [{"one_kernel": {"norm": 5e-4}, "two_kernel": {"norm": 5e-4}}] * 8
    four = (*THREE, weight("four/kernel"))
    assert read(vanishing, below, weights=four).findings


def test_a_gradient_that_grows_is_on_its_way():
    assert read(vanishing, slow(1e-6, 5e-6, 2e-5)).findings == []


def test_a_gradient_that_is_tiny_now_and_then_does_not_vanish():
    assert read(vanishing, slow(*[1.0, 1e-5, 1e-5] * 3)).findings == []


def test_a_gradient_that_is_small_in_most_samples_only_does_not_vanish():
    assert read(vanishing, norms(*[5e-4, 5e-4, 5e-4, 1.5e-3] * 2)).findings == []


def test_the_bias_of_an_attention_key_does_not_vanish():
    """A softmax takes it away: what is left of its gradient is rounding noise, or exactly 0."""
    names = [f"{part}/{kind}" for part in ("query", "key") for kind in ("kernel", "bias")]
    shapes = {"kernel": (16, 2, 8), "bias": (2, 8)}
    weights = tuple(weight(f"attention/{n}", shapes[n.rpartition("/")[2]]) for n in names)
    noise = {"attention_query_kernel": {"norm": 0.1}, "attention_key_kernel": {"norm": 0.1}}
    for bias in ({"norm": 1e-10}, ZERO | {"alive": [False] * 8}):
        records = [noise | {"attention_key_bias": bias}] * 40
        for rule in default_rules():
            findings = read(rule, records, weights=(*weights, *THREE)).findings
            assert [f for f in findings if f.is_loud] == [], rule.__name__


def test_vanishing_heals():
    assert read(vanishing, slow(1e-5, 1e-5, 1e-5, 1.0)).findings == []


def test_one_layer_far_above_the_others_makes_none_of_them_vanish():
    assert read(vanishing, norms(*[1e6] * 9)).findings == []


def test_a_weak_bias_beside_a_strong_kernel_is_rounding_noise():
    weights = (*THREE, weight("one/bias", (8,)))
    noise = [{"one_bias": {"norm": 1e-9}}] * 9
    assert read(vanishing, noise, weights=weights).findings == []


def test_rows_that_a_batch_does_not_have_do_not_make_an_embedding_weak():
    rare = [{"one_kernel": {"norm": 1e-3, "zero_fraction": 1 - 1e-6}}] * 3
    weights = (weight("one/kernel", (1_000_000, 8)), *THREE[1:])
    assert read(vanishing, rare, weights=weights).findings == []


def steps_of(*ratios):
    return [{name: {"update_ratio": ratio} for name in KERNELS} for ratio in ratios]


def test_a_step_that_goes_past_a_loss_of_0_is_an_alarm_when_the_loss_is_not_better():
    """Three kernels of norm 2 with a gradient of norm 1: the step reaches 6 times its ratio."""
    (finding,) = read(overshooting, steps_of(0.5, 1e-3), losses=[1.0, 3.0]).findings
    assert finding.symptom == "exploding"
    assert "3.0 times as long as the way to a loss of 0" in finding.message
    assert finding.evidence["loss_progress"] == pytest.approx(-2.0)
    assert read(overshooting, steps_of(0.3, 1e-3), losses=[1.0, 3.0]).findings == []


def test_a_large_step_is_forgiven_when_the_loss_comes_down():
    assert read(overshooting, steps_of(5.0, 1e-3), losses=[1.0, 0.5]).findings == []


def test_a_large_step_is_no_alarm_while_the_loss_is_about_the_same():
    assert read(overshooting, steps_of(5.0, 1e-3), losses=[1.0, 1.04]).findings == []


def test_a_reward_that_comes_to_nothing_has_no_reach():
    steps = steps_of(1e-3, 1e-3, 1e-3)
    assert read(overshooting, steps, losses=[-0.6, -0.1, 1e-4]).findings == []
    assert read(overshooting, steps, losses=[0.6, 0.1, 1e-4]).findings == []
    (finding,) = read(overshooting, steps_of(5.0, 1e-3), losses=[1e-4, 0.1]).findings
    assert "the loss has gone up" in finding.message


def test_overshooting_heals_when_the_loss_recovers():
    steps = steps_of(5.0, 1e-3, 1e-3)
    assert read(overshooting, steps, losses=[1.0, 3.0, 0.5]).findings == []


def test_a_large_step_is_remembered_when_the_loss_is_lost():
    lost = {name: {"weight_norm": np.inf, "update_ratio": np.nan} for name in KERNELS}
    for loss in (np.inf, np.nan):
        (finding,) = read(overshooting, [*steps_of(5.0), lost], losses=[1.0, loss]).findings
        assert "nan" not in finding.message


@pytest.mark.parametrize("loss", [np.nan, -5.0])
def test_where_the_loss_has_no_scale_steps_beyond_the_weights_count_while_they_are_seen(loss):
    losses = [loss, 0.8 * loss, 0.8 * loss]
    assert read(overshooting, steps_of(5.0, 5.0), losses[:2], has_loss=loss < 0).findings
    assert read(overshooting, steps_of(0.5, 0.5), losses[:2], has_loss=loss < 0).findings == []
    assert read(overshooting, steps_of(5.0, 5.0, 1e-3), losses, has_loss=loss < 0).findings == []
    one = [{"one_kernel": {"update_ratio": 5.0}}] * 3
    assert read(overshooting, one, losses, has_loss=loss < 0).findings == []


def test_anything_is_large_beside_a_weight_that_started_at_zero():
    first = {name: {"update_ratio": np.nan, "weight_norm": 0.0} for name in KERNELS}
    second = {name: {"update_ratio": 5.0, "weight_norm": 1e-4} for name in KERNELS}
    assert read(overshooting, [first, second], losses=[1.0, 2.0]).findings == []


DENSE = tuple(
    weight(f"{layer}/{kind}", (16, 16) if kind == "kernel" else (16,))
    for layer in ("one", "two", "three")
    for kind in ("kernel", "bias")
)


def signal(*sizes):
    """A record in which this is the size of what enters each dense layer."""
    return {
        f"{n}_kernel": {"norm": 4 * s} for n, s in zip(("one", "two", "three"), sizes, strict=True)
    }


def test_a_signal_that_grows_from_layer_to_layer_explodes():
    (finding,) = read(amplified, [signal(1, 50, 1e6)] * 3, weights=DENSE).findings
    assert (finding.symptom, finding.weights) == ("exploding", ("two/kernel", "three/kernel"))
    assert "1.0e+06 times what enters the first layer" in finding.message
    assert read(amplified, [signal(1, 50, 1e6)] * 2, weights=DENSE).findings == []


def test_large_inputs_and_a_signal_that_grew_with_the_training_do_not_explode():
    assert read(amplified, [signal(100, 300, 900)] * 9, weights=DENSE).findings == []
    grows = [signal(1, 1, 1)] + [signal(1, 50, 90)] * 9
    assert read(amplified, grows, weights=DENSE).findings == []


def test_a_bias_that_cancels_out_makes_no_signal():
    assert read(amplified, [signal(1, 1, 1e7)] * 9, weights=DENSE).findings == []
    normalized = (*DENSE[:4], weight("norm/gamma", (16,)), weight("norm/beta", (16,)), *DENSE[4:])
    assert read(amplified, [signal(1, 900, 1)] * 9, weights=normalized).findings == []


def jumping(*names, gain=1.0, channels=()):
    """Eight records in which the gradient of these kernels comes and goes."""
    special = {"weight_norm": 4 * gain} | dead(*channels, of=16)
    return [{name: special | {"norm": 200.0 ** (-i % 2)} for name in names} for i in range(8)]


def test_a_gradient_that_comes_and_goes_while_others_do_not_is_of_saturated_units():
    (finding,) = read(saturated, jumping("one_kernel"), weights=DENSE).findings
    assert (finding.symptom, finding.weights) == ("vanishing", ("one/kernel",))
    assert finding.evidence["jumps"] == {"one/kernel": pytest.approx(1)}
    assert read(saturated, jumping("one_kernel")[:7], weights=DENSE).findings == []
    better = [1.0] * 7 + [0.5]
    assert read(saturated, jumping("one_kernel"), better, weights=DENSE).findings == []


def test_a_loss_that_jumps_saturates_nothing():
    assert read(saturated, jumping(*KERNELS), weights=DENSE).findings == []


def test_a_kernel_that_was_too_large_and_is_silent_or_jumps_saturates():
    (finding,) = read(saturated, jumping(*KERNELS, gain=10.0), weights=DENSE).findings
    assert finding.evidence["gain"]["one/kernel"] == pytest.approx(10)
    large = {"one_kernel": {"weight_norm": 40.0}}
    silent = {"one_kernel": {"weight_norm": 40.0} | dead(0, of=16)}
    assert read(saturated, [silent] * 8, weights=DENSE).findings
    assert read(saturated, [large] * 8, weights=DENSE).findings == []
    assert read(saturated, [silent] * 7 + [large], weights=DENSE).findings == []


STILL = {name: {"update_ratio": 0.0} for name in KERNELS}
MOVED = {name: {"update_ratio": 0.0, "weight_norm": 2.1} for name in KERNELS}


def test_weights_that_do_not_move_at_all_are_frozen():
    (finding,) = read(standing_still, [STILL] * 4).findings
    assert (finding.symptom, finding.severity) == ("frozen", "warning")
    assert finding.weights == tuple(w.path for w in THREE)
    assert (finding.evidence["samples"], finding.evidence["since_step"]) == (3, 1)


def held(settings=None, dtype="float32", rate=1e-3, **special):
    """What the rule says of a kernel that stands still under such an optimizer."""
    settings = settings or Settings("Adam", floor=1e-7, beta_2=0.999)
    weights = tuple(dataclasses.replace(w, settings=settings, dtype=dtype) for w in THREE)
    records = [{"one_kernel": {"update_ratio": 0.0} | special}] * 4
    (finding,) = read(standing_still, records, weights=weights, learning_rate=rate).findings
    assert finding.weights == ("one/kernel",)
    return finding.message


def test_what_stands_still_is_told_apart_by_the_numbers_of_its_optimizer():
    sgd = Settings("SGD")
    assert "the learning rate is 0" in held(rate=0.0)
    assert "epsilon of Adam ends its effect below 1.0e-07" in held(max_abs=1e-12)
    assert "beta_2=0.999 of Adam is rounded to 1" in held(dtype="bfloat16")
    assert "1.0e-09, is so small" in held(rate=1e-9)
    assert "1.0e-03, times the gradient, 1.0e-06 at most" in held(sgd, max_abs=1e-6)
    assert "rounding of bfloat16" in held(sgd, dtype="bfloat16", max_abs=0.1)
    assert "clipped to 1.0e-06" in held(Settings("SGD", clip=1e-6))


def test_what_nothing_explains_is_not_blamed_on_the_optimizer():
    """A gradient and a learning rate that are large enough; 0.999 is not 1 in float16."""
    assert "nothing that is known" in held()
    assert "nothing that is known" in held(Settings("SGD"), max_abs=1e-3)
    assert "nothing that is known" in held(Settings("SGD"), rate=np.nan)
    assert "rounded to 1" not in held(dtype="float16")


def test_a_loss_at_the_rounding_of_the_weights_is_information():
    """Three kernels of norm 2 with a gradient of norm 1: their rounding is 4e-7 of loss."""
    for loss, severity in ((1e-7, "info"), (1e-5, "warning")):
        found = read(standing_still, [STILL] * 4, losses=[loss] * 4).findings
        assert [f.severity for f in found] == [severity]


def test_weights_that_move_between_the_samples_are_not_frozen():
    assert read(standing_still, [STILL, MOVED] * 4).findings == []


def test_weights_are_not_frozen_while_gradients_accumulate():
    tracker = FindingTracker([standing_still])
    for _ in range(9):
        tracker.read(record(0, weights=THREE, **STILL))
    assert tracker.findings == []


def test_weights_without_a_gradient_are_not_called_frozen():
    still_and_zero = dict.fromkeys(KERNELS, ZERO | {"update_ratio": 0.0})
    assert read(standing_still, [still_and_zero] * 9).findings == []


def test_a_schedule_that_ends_at_zero_is_information():
    ended = [{}] + [STILL] * 3
    assert [f.severity for f in read(standing_still, ended, [1.0, 0.5, 0.5, 0.5]).findings] == [
        "info"
    ]
    assert [f.severity for f in read(standing_still, ended).findings] == ["warning"]


def test_frozen_heals():
    assert read(standing_still, [STILL] * 4 + [MOVED]).findings == []


def test_a_learning_rate_that_is_too_small_is_found():
    (finding,) = read(creeping, steps_of(*[1e-7] * 5)).findings
    assert finding.symptom == "frozen"
    assert "1,666,667 steps" in finding.message
    assert "learning rate is too small" in finding.explanation
    assert read(creeping, steps_of(*[1e-7] * 2)).findings == []


def test_weights_that_move_toward_targets_out_of_reach_do_not_learn():
    far = [{}] * 5
    (finding,) = read(creeping, far, losses=[1e5] * 5).findings
    assert "targets are too large" in finding.explanation
    assert read(creeping, far, losses=[100.0] * 5).findings == []


def test_a_small_learning_rate_that_helps_is_enough():
    assert read(creeping, steps_of(*[1e-7] * 5), losses=[1, 1, 1, 1, 0.9]).findings == []


def test_a_learning_rate_that_warms_up_is_no_alarm():
    assert read(creeping, steps_of(1e-8, 2e-8, 4e-8, 8e-8, 1.6e-7)).findings == []


def test_creeping_heals():
    assert read(creeping, [*steps_of(*[1e-7] * 5), {}]).findings == []


def dying(alive, count=5):
    return [{}] + [dict.fromkeys(KERNELS[alive:], ZERO)] * count


def test_what_dies_while_the_rest_learns_is_information():
    losses = [1.0] * 5 + [0.5]
    assert [f.severity for f in read(zero, dying(2), losses).findings] == ["info"]
    assert [f.severity for f in read(zero, dying(2)).findings] == ["warning"]
    assert [f.severity for f in read(zero, dying(1), losses).findings] == ["warning"]


def test_a_loss_without_anything_left_to_learn_is_information():
    severities = [f.severity for f in read(zero, dying(0), [1.0] * 5 + [0.01]).findings]
    assert severities == ["info"]


def test_a_bias_that_cancels_out_is_information():
    weights = (*THREE, weight("one/bias", (8,)))
    tracker = read(zero, [{"one_bias": ZERO}] * 3, weights=weights)
    assert [f.severity for f in tracker.findings] == ["info"]


def test_a_hinge_that_more_and_more_batches_satisfy_is_information():
    nothing, losses = dict.fromkeys(KERNELS, ZERO), [1.0, 0.5, 0.5] + [0.3] * 5
    satisfied = [{}, nothing, {}] + [nothing] * 5
    assert {f.severity for f in read(zero, satisfied, losses).findings} <= {"info"}
    died = [{}, {}, {}] + [nothing] * 5
    assert {f.severity for f in read(zero, died, losses).findings} == {"warning"}


def test_dead_channels_of_a_model_that_learns_are_information():
    records = [{"one_kernel": dead(*range(7))}] * 8
    assert [f.severity for f in read(dead_channels, records).findings] == ["warning"]
    better = [1.0] * 7 + [0.5]
    assert [f.severity for f in read(dead_channels, records, better).findings] == ["info"]


def test_progress_begins_anew_with_each_fit():
    window = Window()
    for step, loss in ((0, 1.0), (50, 0.5)):
        window.add(record(step, loss=loss))
    assert window.progress == 0.5
    window.add(record(0, loss=4.0))
    assert window.progress == 0.0
    window.add(record(1, loss=6.0))
    assert window.progress == -0.5


def test_a_large_step_is_remembered_for_one_fit():
    window = Window()
    for step, ratio in ((0, 5.0), (50, 0.1)):
        window.add(record(step, one_kernel={"update_ratio": ratio}))
    assert window.largest_reach == pytest.approx(10, rel=0.01)
    window.add(record(0, one_kernel={"update_ratio": 0.1}))
    assert window.largest_reach < 1


def test_progress_is_not_known_without_a_loss():
    window = Window()
    window.add(record(0, loss=np.nan, has_loss=False))
    assert np.isnan(window.progress)


def test_a_threshold_is_a_parameter():
    patient = functools.partial(vanishing, patience=5)
    assert read(patient, slow(*[1e-5] * 4)).findings == []
    assert read(patient, slow(*[1e-5] * 5)).findings


def test_default_rules_is_a_list_of_ones_own():
    default_rules().clear()
    assert vanishing in default_rules()


def test_the_order_of_the_weights_does_not_matter():
    specials = slow(*[1e-5] * 9)
    found = [read(vanishing, specials, weights=w).findings[0] for w in (THREE, THREE[::-1])]
    assert found[0].weights == found[1].weights
    assert found[0].message == found[1].message
