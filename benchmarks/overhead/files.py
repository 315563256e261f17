"""Prints how large the files of a training become: `python -m benchmarks.overhead.files`.

The bytes of a sample are measured on numbers like those of a training, and counted for as many
samples as the files have of each kind.
"""

import argparse
import os
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from keras_gradwatch.outputs.table import Table
from keras_gradwatch.outputs.tensorboard import TensorBoard
from keras_gradwatch.outputs.thinning import HISTOGRAMS, SCALARS, is_due
from keras_gradwatch.record import STATISTICS, Records
from keras_gradwatch.step.histogram import BUCKETS, OCTAVES
from keras_gradwatch.weights import Weight

SAMPLES = (1_000, 10_000, 100_000)
TOGETHER = 16
"""Samples that are written at once where a step takes some ten milliseconds."""


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overhead.files")
    parser.add_argument("--weights", type=int, default=600)
    weights = parser.parse_args().weights
    sizes = bytes_of(weights)
    print(
        f"{weights} weights, bytes a sample: "
        + ", ".join(f"{k} {v:,.0f}" for k, v in sizes.items())
    )
    print("\n| samples | histograms | points | event file MB | CSV MB | CSV.gz MB | kB a sample |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for count in SAMPLES:
        histograms, points = (
            sum(is_due(n, k) for n in range(count)) for k in (HISTOGRAMS, SCALARS)
        )
        events = count * sizes["tab"] + points * sizes["scalars"] + histograms * sizes["histograms"]
        packed = count * sizes["csv.gz"]
        cells = [events / 1e6, count * sizes["csv"] / 1e6, packed / 1e6]
        numbers = " | ".join(f"{cell:,.0f}" for cell in cells)
        share = (events + packed) / count / 1e3
        print(f"| {count:,} | {histograms:,} | {points:,} | {numbers} | {share:.0f} |")


def bytes_of(weights: int) -> dict[str, float]:
    """Bytes of a sample in each file, the descriptions of the first one left out."""
    records = records_of(weights, 2 * TOGETHER)
    first, second = records[:TOGETHER], records[TOGETHER:]
    sizes = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("csv", "csv.gz"):
            table = Table(os.path.join(folder, f"log.{name}"))
            sizes[name] = _added(table, table.path, first, second)
        whole = _of_events(os.path.join(folder, "whole"), first, second)
        without = [_without(part) for part in (first, second)]
        curves = _of_events(os.path.join(folder, "curves"), *without)
        tab = _of_events(os.path.join(folder, "tab"), *without, count=SCALARS + 1)
    return sizes | {"tab": tab, "scalars": curves - tab, "histograms": whole - curves}


def _of_events(folder, first, second, count=0):
    output = TensorBoard(folder)
    output.write_all(first)
    path = output._file.path
    if count:  # Curves of every second sample are left out from here on; we want none.
        parts = [second[i : i + 1] for i in range(len(second))]
        output._count = count
        before = os.path.getsize(path)
        for part in parts:
            output._count = count
            output.write_all(part)
        return (os.path.getsize(path) - before) / len(second)
    return _added(output, path, None, second)


def _added(output, path, first, second):
    if first is not None:
        output.write_all(first)
    before = os.path.getsize(path)
    output.write_all(second)
    return (os.path.getsize(path) - before) / len(second)


def _without(records):
    return Records(**vars(records) | {"histogram": [None] * len(records)})


def records_of(weights: int, count: int) -> Records:
    """Returns records of so many weights, with numbers that change from step to step."""
    rng = np.random.default_rng(0)
    described = tuple(
        Weight(
            f"block_{i // 4}/dense_{i // 2 % 2}/{('kernel', 'bias')[i % 2]}",
            f"block_{i // 4}/dense_{i // 2 % 2}",
            (64, 64) if i % 2 == 0 else (64,),
            "adam",
        )
        for i in range(weights)
    )
    columns = {
        name: np.exp(rng.normal(size=(1, weights)) + 0.3 * rng.normal(size=(count, weights)))
        for name in STATISTICS
    }
    for name in ("zero_fraction", "dead_fraction", "nonfinite", "penalty_share"):
        columns[name] = np.zeros((count, weights))
    columns["zero_fraction"][:, ::4] = (
        rng.integers(0, 4096, (count, len(range(0, weights, 4)))) / 4096
    )
    counts = np.zeros((count, weights, BUCKETS), int)
    counts[:, :, OCTAVES - 14 : OCTAVES] = counts[:, :, OCTAVES + 1 : OCTAVES + 15] = 100
    return Records(
        weights=described,
        statistics=columns,
        missing=np.zeros((count, weights), bool),
        learning_rate=np.full((count, weights), 1e-3),
        step=list(range(10_000, 10_000 + 10 * count, 10)),
        epoch=[3] * count,
        batch=list(range(0, 10 * count, 10)),
        wall_time=[1.7e9] * count,
        loss=rng.random(count).tolist(),
        has_loss=[True] * count,
        skipped=[False] * count,
        alive=[[np.ones(64, bool)] * weights] * count,
        histogram=list(counts),
    )


if __name__ == "__main__":
    main()
