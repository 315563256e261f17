"""Prints how the cost of a sampled step grows: `python -m benchmarks.overhead.growth`.

With the number of weights it should grow linearly, with the number of steps not at all. All times
are processor time of the whole process, which other programs disturb less than wall time.
"""

import os
import tempfile
import time
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from benchmarks.overhead.models import small_weights, tiny_mlp
from keras_gradwatch import GradientWatch

WEIGHTS = (10, 30, 100, 300, 1000, 2000)
STEPS, BLOCK = 10_000, 1_000


def main():
    warnings.simplefilter("ignore")  # Random labels: nothing is learned, and that is said.
    print("| weights | ms a sampled step | us a weight |\n| --- | --- | --- |", flush=True)
    for count in WEIGHTS:
        seconds = added_seconds(small_weights(count))
        print(f"| {count} | {1e3 * seconds:.2f} | {1e6 * seconds / count:.1f} |", flush=True)
    print("\n| steps | ms a sampled step |\n| --- | --- |", flush=True)
    for block, seconds in enumerate(seconds_of_blocks(tiny_mlp())):
        print(f"| {block * BLOCK} to {(block + 1) * BLOCK} | {1e3 * seconds:.3f} |", flush=True)


def added_seconds(prepared, steps: int = 20, rounds: int = 7) -> float:
    """Processor time that watching adds to a step: median over rounds of watched minus plain."""
    model, *batch = prepared
    with tempfile.TemporaryDirectory() as directory:
        watch = GradientWatch(directory, every=1, csv=os.path.join(directory, "gradients.csv"))
        _fit(model, batch, 2, [])
        _fit(model, batch, 2, [watch])
        plain = [_cpu_seconds(model, batch, steps, []) for _ in range(rounds)]
        watched = [_cpu_seconds(model, batch, steps, [watch]) for _ in range(rounds)]
    return float(np.median(watched) - np.median(plain)) / steps


def seconds_of_blocks(prepared) -> list[float]:
    """Processor time of a watched step, for one block of a long training after another."""
    model, *batch = prepared
    times = []

    def batches():
        for step in range(STEPS + 1):
            if step % BLOCK == 0:
                times.append(time.process_time())
            yield tuple(batch)

    with tempfile.TemporaryDirectory() as directory:
        watch = GradientWatch(directory, every=1, csv=os.path.join(directory, "gradients.csv"))
        _fit(model, batch, 2, [watch])
        model.fit(batches(), steps_per_epoch=STEPS, verbose=0, callbacks=[watch])
    return [float(seconds) / BLOCK for seconds in np.diff(times)]


def _cpu_seconds(model, batch, steps, callbacks):
    begin = time.process_time()
    _fit(model, batch, steps, callbacks)
    return time.process_time() - begin


def _fit(model, batch, steps, callbacks):
    def batches():
        while True:
            yield tuple(batch)

    model.fit(batches(), steps_per_epoch=steps, verbose=0, callbacks=callbacks)


if __name__ == "__main__":
    main()
