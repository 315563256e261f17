"""Prints what the default rules take of a sample: `python -m benchmarks.overhead.rules`.

Samples come in passes, and the rules are asked at the end of each.
"""

import dataclasses
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from benchmarks.overhead.files import records_of
from keras_gradwatch.monitor.tracker import FindingTracker
from keras_gradwatch.monitor.turning import first_turn
from keras_gradwatch.rules import default_rules

WEIGHTS, TOGETHER, PASSES = (10, 100, 1000), (1, 10, 50), 40


def main():
    header = ["weights", *(f"{count} in a pass, ms a sample" for count in TOGETHER)]
    print(f"| {' | '.join(header)} |\n|{' --- |' * len(header)}")
    for weights in WEIGHTS:
        milliseconds = (f"{1e3 * seconds_of(weights, count):.3f}" for count in TOGETHER)
        print(f"| {weights} | {' | '.join(milliseconds)} |", flush=True)


def seconds_of(weights: int, count: int) -> float:
    """Processor time a sample: the median over passes of so many samples."""
    tracker, records, times = FindingTracker(default_rules()), records_of(weights, count), []
    for number in range(PASSES):
        steps = range(number * count, (number + 1) * count)
        records = dataclasses.replace(records, step=list(steps), batch=list(steps))
        begin = time.process_time()
        first_turn(records, tracker.window.latest if number else None)
        tracker.window.add_all(records[:-1])
        tracker.read(records[-1])
        times.append(time.process_time() - begin)
    return float(np.median(times)) / count


if __name__ == "__main__":
    main()
