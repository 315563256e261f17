"""Which batches are sampled: one in so many, or as many as a share of the training's time pays."""

import keras
import numpy as np
import pytest

from keras_gradwatch import GradientWatch
from keras_gradwatch.monitor import timing
from keras_gradwatch.monitor.sampling import ADVANCE, AT_FIRST, Budgeted, Regular
from keras_gradwatch.monitor.timing import Timing


class Training:
    """A training of batches that take as long as said, on a clock of its own."""

    def __init__(self, monkeypatch, plain, extra, reading=0.0, budget=0.01):
        self.now, self.timing, self.suspicious = 0.0, Timing(), False
        self.plain, self.extra, self.reading = plain, extra, reading
        self.sampling = Budgeted(budget, lambda: self.timing, lambda: self.suspicious)
        self.sampled, self.spent, self.count = [], 0.0, 0
        monkeypatch.setattr(timing.time, "perf_counter", lambda: self.now)

    def run(self, count):
        for _ in range(count):
            is_sampled = self.sampling.is_due(self.count)
            self.timing.begin(is_sampled)
            self.now += self.plain + is_sampled * self.extra
            if is_sampled:
                self.timing.read(self.reading, 1)
                self.sampled.append(self.count)
                self.spent += self.extra + self.reading
            self.count += 1
        return self


@pytest.mark.parametrize(("plain", "extra", "reading"), [(1e-3, 4e-4, 1e-4), (0.03, 1e-3, 2e-4)])
def test_sampling_takes_the_share_that_it_may(monkeypatch, plain, extra, reading):
    training = Training(monkeypatch, plain, extra, reading).run(20_000)
    assert 0.008 < training.spent / training.now <= 0.0101


def test_long_steps_are_sampled_every_other_time(monkeypatch):
    training = Training(monkeypatch, plain=0.7, extra=1e-3).run(1000)
    assert np.diff(training.sampled[-100:]).tolist() == [2] * 99


def test_until_the_cost_is_known_one_batch_in_ten_is_sampled(monkeypatch):
    training = Training(monkeypatch, plain=1e-3, extra=1.0).run(1000)
    assert training.sampled == [AT_FIRST * i for i in range(timing.LEAST)]


def test_what_looks_suspicious_is_sampled_ahead_of_its_time_and_paid_later(monkeypatch):
    training = Training(monkeypatch, plain=1e-3, extra=1e-3).run(5000)
    usual = len(training.sampled)
    training.suspicious = True
    training.run(100)
    ahead = len(training.sampled) - usual
    assert ADVANCE <= ahead <= ADVANCE + 3
    training.suspicious = False
    training.run(1000)
    assert len(training.sampled) == usual + ahead
    training.run(20_000)
    assert training.spent / training.now <= 0.0101


@pytest.mark.parametrize("steps", [1, 4])
def test_one_batch_in_so_many(steps):
    begun = [number for number in range(0, 40, steps) if Regular(10).is_due(number, steps)]
    assert begun == ([0, 10, 20, 30] if steps == 1 else [0, 8, 20, 28])


@pytest.mark.parametrize("value", [0, True, 1.5, "often", None])
def test_an_interval_that_is_none(value):
    with pytest.raises(ValueError, match='`every` must be a positive integer or "auto"'):
        GradientWatch(every=value)


@pytest.mark.parametrize("value", [0, 1, -0.1, True, "1%", None])
def test_a_budget_that_is_none(value):
    with pytest.raises(ValueError, match="`budget` must be above 0 and below 1"):
        GradientWatch(every="auto", budget=value)


def test_a_fit_with_a_budget():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(400, 4))
    watch = GradientWatch(every="auto", budget=0.5, explain=False)
    model.fit(x, x[:, :1], batch_size=4, verbose=0, callbacks=[watch])
    # What comes after them depends on the machine: the tests above have a clock of their own.
    assert watch.to_pandas()["step"].unique().tolist()[:5] == [0, 10, 20, 30, 40]
