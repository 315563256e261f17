"""Trains the programs that have no log yet, and keeps one of each.

python -m benchmarks.detection.training [--seed 1] [--runs FOLDER] [NAME ...]
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

RUNS = Path(__file__).with_name("runs")
"""The logs that are kept with the code: seed 1 on TensorFlow."""
SETS = ("first", "second", "third", "programs", "later", "fourth")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="programs, all of them by default")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=Path, default=RUNS, help="folder of the logs")
    arguments = parser.parse_args()
    arguments.runs.mkdir(parents=True, exist_ok=True)
    for name, kind, case in cases():
        file = arguments.runs / f"{name}-{kind}-{case.name}.npz"
        if file.exists() or (arguments.names and case.name not in arguments.names):
            continue
        if arguments.names == [case.name]:
            train(case, arguments.seed, file)
        else:
            # A process of its own, since graphs pile up, and dtype policies may stay.
            here = [sys.executable, "-m", "benchmarks.detection.training", case.name]
            options = ["--seed", str(arguments.seed), "--runs", str(arguments.runs)]
            subprocess.run([*here, *options], check=False)


def cases():
    """Gives each program: its set, `"healthy"` or `"faulty"`, and its `Case`."""
    # Here, since asking the rules needs no Keras model.
    from benchmarks.detection.programs import CASES

    for (name, kind), programs in CASES.items():
        yield from ((name, kind, case) for case in programs)


def train(case, seed, file):
    """Trains one program and writes its log."""
    from benchmarks.detection.case import run

    done = run(case, seed)
    done.save(file)
    learned = f"{done.learned:.2f} learned"
    twin = "" if done.twin_learned is None else f", its twin {done.twin_learned:.2f}"
    print(f"{case.name}: {learned}{twin}", flush=True)


if __name__ == "__main__":
    main()
