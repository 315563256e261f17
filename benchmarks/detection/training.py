"""Trains the cases that have no log yet, and keeps one of each.

python -m benchmarks.detection.training [--seed 1] [--processes 2] [--runs FOLDER]
"""

import argparse
import multiprocessing
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

RUNS = Path(__file__).with_name("runs")
"""The logs that are kept with the code: seed 1 on TensorFlow."""
SETS = ("first", "second", "third")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--runs", type=Path, default=RUNS)
    arguments = parser.parse_args()
    arguments.runs.mkdir(parents=True, exist_ok=True)
    jobs = [
        (key, index, arguments.seed, arguments.runs)
        for key, cases in tables().items()
        for index in range(len(cases))
    ]
    # Processes of their own that are renewed from time to time: graphs pile up.
    context = multiprocessing.get_context("spawn")
    with context.Pool(arguments.processes, maxtasksperchild=25) as pool:
        for name in pool.imap_unordered(_train, jobs):
            print(name, flush=True)


def tables() -> dict:
    """Returns the cases of each set, the healthy ones and the faulty ones apart."""
    # Here, since a process that only waits need not build initializers and load data.
    from benchmarks.detection import faulty, healthy, second_faulty, second_healthy, third

    return {
        ("first", "healthy"): healthy.CASES,
        ("first", "faulty"): faulty.CASES,
        ("second", "healthy"): second_healthy.CASES,
        ("second", "faulty"): second_faulty.CASES,
        ("third", "healthy"): third.HEALTHY,
        ("third", "faulty"): third.FAULTY,
    }


def _train(job):
    from benchmarks.detection.case import run

    key, index, seed, folder = job
    case = tables()[key][index]
    name = "-".join((*key, "".join(c if c.isalnum() else "_" for c in case.name)))
    file = folder / f"{name}.npz"
    if not file.exists():
        new = file.with_suffix(f".{os.getpid()}.npz")
        run(case, seed).save(new)
        new.rename(file)  # A run that was interrupted leaves no half of a file.
    return name


if __name__ == "__main__":
    main()
