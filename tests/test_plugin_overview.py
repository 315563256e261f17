"""The compact tensor of a step: written by the overview, read back by the tab."""

import dataclasses
import json

import gradient_logs
import numpy as np
import pytest
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.util import tensor_util

from keras_gradwatch.outputs import overview
from keras_gradwatch.record import Records
from keras_gradwatch.views.tensorboard_plugin.event_files import Datum
from keras_gradwatch.views.tensorboard_plugin.series import ABSENT, UnreadableRun, from_tensors


def values_of(output, record):
    (summary,) = output.summaries(Records.of(record))
    return Summary.FromString(summary).value


def written(records, findings=None):
    """The tensors of some records as TensorBoard keeps them: by tag."""
    output, tags = overview.Overview(), {}
    for record in records:
        for value in values_of(output, record):
            array = tensor_util.make_ndarray(value.tensor)
            tags.setdefault(value.tag, []).append(Datum(record.step, record.wall_time, array))
    if findings is not None:
        value = overview.Overview.findings_value(findings)
        array = tensor_util.make_ndarray(value.tensor)
        tags[value.tag] = [Datum(0, 1e9, array)]
    return tags


def test_numbers_come_back():
    records = [gradient_logs.record(step) for step in (0, 10, 20)]
    series = from_tensors(written(records))
    assert series.steps == [0, 10, 20]
    assert [weight["path"] for weight in series.weights] == [w.path for w in records[0].weights]
    for i, record in enumerate(records):
        healthy = ~record.missing
        for name in ("norm", "zero_fraction", "dead_fraction", "update_ratio"):
            np.testing.assert_allclose(
                series.statistics[name][i, healthy], record[name][healthy], rtol=1e-6
            )


def test_missing_zero_and_non_finite_are_told_apart():
    series = from_tensors(written([gradient_logs.record(200)]))
    norm = series.statistics["norm"][0]
    assert np.flatnonzero(np.isnan(norm)).tolist() == [0, 1]
    assert np.flatnonzero(norm == 0).tolist() == [4, 5]
    assert np.flatnonzero(np.isinf(norm)).tolist() == [8, 9]


def test_weights_are_described_once_and_again_when_they_change():
    few = gradient_logs.weights(("a", "b"))
    output = overview.Overview()
    tags = [
        [value.tag for value in values_of(output, gradient_logs.record(step, described))]
        for step, described in ((0, None), (1, None), (2, few), (3, few))
    ]
    assert [overview.WEIGHTS_TAG in step for step in tags] == [True, False, True, False]


def test_a_weight_that_takes_no_part_in_a_step_is_absent():
    one = gradient_logs.record(0, gradient_logs.weights(("a", "b", "c")))
    other = gradient_logs.record(1, gradient_logs.weights(("b", "d", "c")))
    series = from_tensors(written([one, other]))
    names = [weight["path"] for weight in series.weights]
    column = names.index("d/kernel")
    assert series.statistics["norm"][0, column] == ABSENT
    assert series.statistics["norm"][1, names.index("a/kernel")] == ABSENT
    np.testing.assert_allclose(
        series.statistics["norm"][1, names.index("c/bias")], other["norm"][5]
    )


def test_a_step_that_was_trained_again_is_shown_once_and_as_the_last():
    old = gradient_logs.record(10)
    new = dataclasses.replace(gradient_logs.record(10, seed=1), wall_time=old.wall_time + 50)
    series = from_tensors(written([old, new]))
    assert series.steps == [10]
    assert series.statistics["norm"][0, 11] == pytest.approx(new["norm"][11], rel=1e-6)


def test_a_thousand_steps_pass_tensorboards_reservoir_of_a_hundred():
    tags = written([gradient_logs.record(step) for step in range(1000)])
    carriers = [data for tag, data in tags.items() if tag.startswith(overview.STATISTICS_TAG)]
    assert [len(data) for data in carriers] == [100] * 10


def test_findings_come_back_as_json_that_a_browser_reads():
    tags = written([gradient_logs.record(0)], [gradient_logs.FINDING])
    (finding,) = from_tensors(tags).findings
    assert finding["location"]["text"] == "return tf.cast(x > 0, tf.float32)"
    json.dumps(finding, allow_nan=False)


def test_a_loss_is_a_number_not_finite_or_not_reported():
    record = gradient_logs.record(0)
    records = [
        record,
        dataclasses.replace(record, step=1, loss=float("nan")),
        dataclasses.replace(record, step=2, has_loss=False),
    ]
    progress = from_tensors(written(records)).progress
    assert progress.steps == [0, 1, 2]
    np.testing.assert_array_equal(progress.losses, np.float32([1, np.inf, np.nan]))


def test_a_run_without_losses_is_read_as_before():
    tags = written([gradient_logs.record(0)])
    older = {tag: data for tag, data in tags.items() if not tag.startswith(overview.PROGRESS_TAG)}
    series = from_tensors(older)
    assert (series.steps, series.progress.steps, series.about) == ([0], [], {})


@pytest.mark.parametrize(
    ("version", "said"), [(overview.VERSION + 1, "a newer"), (overview.VERSION - 1, "an older")]
)
def test_another_version_is_named(monkeypatch, version, said):
    with monkeypatch.context() as patched:
        patched.setattr(overview, "VERSION", version)
        tags = written([gradient_logs.record(0)])
    with pytest.raises(UnreadableRun, match=said):
        from_tensors(tags)


def test_damage_is_an_unreadable_run():
    tags = written([gradient_logs.record(0)])
    (first,) = tags[f"{overview.STATISTICS_TAG}/0"]
    tags[f"{overview.STATISTICS_TAG}/0"] = [first._replace(numpy=first.numpy[:, :3])]
    with pytest.raises(UnreadableRun, match="damaged"):
        from_tensors(tags)
