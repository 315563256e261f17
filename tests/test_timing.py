"""What the watch takes of a training's time is measured on the training itself."""

import time

import keras
import numpy as np
import pytest

from keras_gradwatch import GradientWatch
from keras_gradwatch.monitor import timing
from keras_gradwatch.monitor.timing import Timing


def run(clock, sampled, plain, count, every):
    """A training of batches that take as long as said."""
    times = Timing()
    for batch in range(count):
        times.begin(batch % every == 0)
        clock[0] += sampled if batch % every == 0 else plain
    times.begin(False)
    return times


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(timing.time, "perf_counter", lambda: now[0])
    return now


def test_the_share_is_the_time_that_sampled_batches_take_longer(clock):
    times = run(clock, sampled=3.0, plain=1.0, count=100, every=10)
    assert times.share == pytest.approx(10 * 2.0 / (10 * 3.0 + 90 * 1.0))


def test_what_happens_between_epochs_is_no_batch(clock):
    times = run(clock, sampled=3.0, plain=1.0, count=100, every=10)
    before = times.share
    times.pause()
    clock[0] += 1e6
    times.begin(True)
    assert times.share == before


def test_without_a_batch_to_compare_with_it_is_not_known(clock):
    assert run(clock, sampled=3.0, plain=1.0, count=100, every=1).share is None


def test_the_coverage_says_it():
    class Slow(keras.callbacks.Callback):
        """Takes long where the watch samples."""

        def on_train_batch_end(self, batch, logs=None):
            time.sleep(0.06 if batch % 4 == 0 else 0.02)

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    watch = GradientWatch(every=4, explain=False)
    x = np.ones((160, 4))
    model.fit(x, x[:, :1], batch_size=4, verbose=0, callbacks=[watch, Slow()])
    assert 0.2 < watch.coverage.share < 0.6  # A third, of 0.04 in 0.12 seconds.
    assert "of the training's time" in str(watch.coverage)
    assert GradientWatch().coverage.share is None
