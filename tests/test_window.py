"""The window: streaks by weight, weights that come and go, and memory that stays flat."""

import gc
import tracemalloc

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_records import BIAS, KERNEL, MISSING, OTHER, ZERO, dead, record

from keras_gradwatch.monitor.window import WINDOW, Window


def traced_memory():
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def window_of(*records):
    made = Window()
    for one in records:
        made.add(one)
    return made


def test_a_streak_counts_up_and_ends():
    made = window_of(record(0), record(3, one_kernel=ZERO), record(6, one_kernel=ZERO))
    assert made.streak("zero").tolist() == [2, 0, 0]
    assert made.since("zero")[0] == 3
    made.add(record(9))
    assert made.streak("zero").tolist() == [0, 0, 0]


def test_a_weight_that_vanishes_keeps_what_is_known_of_it():
    made = window_of(record(0, one_kernel=ZERO), record(1, one_kernel=ZERO))
    made.add(record(2, weights=(OTHER, BIAS)))
    assert made.streak("zero").tolist() == [0, 0]
    made.add(record(3, weights=(OTHER, KERNEL), one_kernel=ZERO))
    assert made.streak("zero").tolist() == [0, 3]
    assert made.samples().tolist() == [4, 3]


def test_a_window_holds_records_of_the_same_weights_only():
    made = window_of(record(0), record(1, weights=(KERNEL,)), record(2, weights=(KERNEL,)))
    assert made.recent("norm").shape == (2, 1)


def test_a_window_leaves_out_skipped_steps():
    assert window_of(record(0), record(1, skipped=True)).recent("norm").shape == (1, 3)


def test_channels_remember_when_they_were_alive():
    made = window_of(record(0), record(1, one_kernel=dead(0, 1)), record(2, one_kernel=dead(0)))
    assert made.last_alive(KERNEL).tolist() == [1, 3, 3, 3, 3, 3, 3, 3]


def test_channels_survive_a_missing_gradient():
    made = window_of(record(0, one_kernel=dead(0)), record(1, one_kernel=MISSING), record(2))
    assert made.last_alive(KERNEL).tolist() == [2] * 8


@given(st.lists(st.booleans(), min_size=1, max_size=40))
@settings(deadline=None)
def test_a_streak_is_the_length_of_the_run_at_the_end(zeros):
    made = window_of(*(record(i, one_kernel=ZERO if zero else {}) for i, zero in enumerate(zeros)))
    expected = next((i for i, zero in enumerate(reversed(zeros)) if not zero), len(zeros))
    assert made.streak("zero")[0] == expected
    assert made.alive()[0] == len(zeros) - sum(zeros)


def test_memory_does_not_grow_with_the_number_of_records():
    made = Window()
    rng = np.random.default_rng(0)

    def feed(count):
        for step in range(count):
            made.add(record(step, one_kernel=dead(*rng.integers(0, 8, 3)), two_kernel=ZERO))

    feed(10 * WINDOW)
    tracemalloc.start()
    feed(2 * WINDOW)  # What stands in the window now is seen by tracemalloc.
    before = traced_memory()
    feed(500)
    after = traced_memory()
    tracemalloc.stop()
    assert after - before < 5_000  # Ten bytes a record; a number has 24.
