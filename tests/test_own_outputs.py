"""Outputs of the user's own, and the trials of a tuner."""

import copy
import pickle

import models
import pandas as pd
import pytest

from keras_gradwatch import GradientWatch, Output

pytestmark = pytest.mark.filterwarnings("ignore:Gradients do not exist")


class Kept(Output):
    """Keeps what it is given."""

    def __init__(self):
        self.calls = []

    def write(self, record):
        self.calls.append(("write", record.step, record.histogram is not None))

    def report(self, findings):
        self.calls.append(("report", [finding.symptom for finding in findings]))

    def close(self):
        self.calls.append(("close",))


class Counting(Kept):
    needs_histograms = True


def fit(watch, build=models.sequential):
    model, x, y = models.eagerly(build)()
    model.fit(x, y, batch_size=16, epochs=2, verbose=0, callbacks=[watch])
    return watch


@pytest.mark.filterwarnings("ignore::keras_gradwatch.GradientWarning")
def test_an_output_is_given_records_and_findings_in_their_order():
    output = Kept()
    fit(GradientWatch(every=4, outputs=[output]), models.cut)
    first, *others, last = output.calls
    assert (first, last) == (("write", 0, False), ("close",))
    assert ("report", ["missing"]) in others
    assert others.count(("write", 4, False)) == 1


@pytest.mark.parametrize(("kind", "histograms"), [(Counting, True), (Counting, False)])
def test_histograms_are_counted_where_an_output_needs_them(kind, histograms):
    output = kind()
    fit(GradientWatch(every=9, histograms=histograms, outputs=[output]))
    assert output.calls[0] == ("write", 0, histograms)


class Failing(Kept):
    def write(self, record):
        raise KeyError("mine")


def test_an_output_that_fails_is_turned_off_and_the_others_go_on():
    output = Kept()
    with pytest.warns(UserWarning, match="Failing after KeyError"):
        watch = fit(GradientWatch(every=2, outputs=[Failing(), output]))
    assert [call[1] for call in output.calls if call[0] == "write"] == [0, 2, 4]
    assert watch.to_pandas().step.nunique() == 3


def test_a_class_without_write_says_what_is_missing():
    class Empty(Output):
        pass

    with pytest.warns(UserWarning, match=r"`Empty` must define `write\(record\)`"):
        fit(GradientWatch(outputs=[Empty()]))


@pytest.mark.filterwarnings("ignore::keras_gradwatch.GradientWarning")
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_each_trial_of_a_tuner_has_a_log_of_its_own(tmp_path, copied):
    csv = tmp_path / "logs" / "gradients.csv"
    watch = GradientWatch(tmp_path / "logs", csv=csv, every=2, outputs=[Kept()])
    assert watch.trials == {}
    trials = [copied([watch])[0] if copied is copy.deepcopy else copied(watch) for _ in range(3)]
    for trial, build in zip(trials, [models.sequential, models.cut], strict=False):
        fit(trial, build)
    assert {name: [f.symptom for f in found] for name, found in watch.trials.items()} == {
        "trial_1": [],
        "trial_2": ["missing"],
    }
    for name, trial in zip(["trial_1", "trial_2"], trials, strict=False):
        folder = tmp_path / "logs" / name
        assert len(list((folder / "gradients").iterdir())) == 1
        log = pd.read_csv(folder / "gradients.csv")
        pd.testing.assert_frame_equal(log, trial.to_pandas())
        assert log.step.unique().tolist() == [0, 2, 4]
    assert sorted(path.name for path in (tmp_path / "logs").iterdir()) == ["trial_1", "trial_2"]
    later = GradientWatch(tmp_path / "logs", csv=csv)
    assert copied(later)._arguments["csv"] == str(tmp_path / "logs" / "trial_3" / "gradients.csv")


def test_a_trial_without_a_log_is_told_as_well():
    watch = GradientWatch()
    fit(copy.deepcopy(watch))
    assert watch.trials == {"trial_1": []}
    assert watch.findings == []


def test_a_pickled_watch_has_the_same_places(tmp_path):
    watch = GradientWatch(tmp_path / "logs", csv=tmp_path / "log.csv")
    assert pickle.loads(pickle.dumps(watch))._arguments["csv"] == str(tmp_path / "log.csv")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Of the tuner itself.
def test_a_tuner_finds_what_each_trial_showed(tmp_path):
    tuner_module = pytest.importorskip("keras_tuner")
    _, x, y = models.sequential()
    watch = GradientWatch(tmp_path / "logs", every=4)

    def build(hyperparameters):
        hyperparameters.Choice("nothing", [1, 2])
        return models.classifier()

    tuner = tuner_module.RandomSearch(
        build,
        objective=tuner_module.Objective("loss", "min"),
        max_trials=2,
        directory=tmp_path / "tuner",
    )
    tuner.search(x, y, verbose=0, callbacks=[watch])
    assert watch.trials == {"trial_1": [], "trial_2": []}
