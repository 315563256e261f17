"""Trains the healthy and the faulty models, asks all rules, and prints one table.

python -m benchmarks.detection [--seed 1] [--processes 2] [--runs FOLDER] [--verbose]
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

from benchmarks.detection import peers
from benchmarks.detection.training import train
from keras_gradwatch import default_rules
from keras_gradwatch.monitor.tracker import FindingTracker


def main():
    arguments = _arguments()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        folder = arguments.runs or Path(folder)
        seen, unseen = (
            [train(kind, arguments.seed, arguments.processes, folder) for kind in kinds]
            for kinds in (("healthy", "faulty"), ("unseen_healthy", "unseen_faulty"))
        )
    both = [one + other for one, other in zip(seen, unseen, strict=True)]
    unfair = [run.name for run in [*both[0], *both[1]] if not run.is_fair]
    for name, (healthy, faulty) in (("all", both), ("seen", seen), ("unseen", unseen)):
        _print_table(name, healthy, faulty)
    if arguments.verbose:
        _print_mistakes(*both)
    print(f"\n{len(unfair)} left out of the tables, healthy that did not learn or faulty that did:")
    print(f"  {', '.join(unfair) or 'none'}\n{time.perf_counter() - start:.0f} s")


def _arguments():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--runs", type=Path, help="keep the runs there, and use those of earlier")
    parser.add_argument("--verbose", action="store_true", help="also print each mistake of ours")
    return parser.parse_args()


def _ours(run):
    """The alarms of the rules as shipped: what a tracker tells, above information."""
    tracker = FindingTracker(default_rules())
    for number, record in enumerate(run.records):
        for finding in tracker.read(record):
            if finding.is_loud:
                yield number, finding.symptom


_TOOLS = {
    "keras_gradwatch": _ours,
    "DeepLocalize": peers.deep_localize,
    "DeepDiagnosis": peers.deep_diagnosis,
    "AutoTrainer": peers.auto_trainer,
    "UMLAUT": peers.umlaut,
}


def _print_table(name, healthy, faulty):
    healthy = [run for run in healthy if run.is_fair]
    faulty = [run for run in faulty if run.is_fair]
    print(f"\nCases: {name}; {len(healthy)} healthy, {len(faulty)} faulty\n")
    print("| rules | detected | right symptom | missed | false alarms | first after | in epoch 1 |")
    print("|---|---|---|---|---|---|---|")
    for tool, alarms in _TOOLS.items():
        print(f"| {tool} | {' | '.join(_row(alarms, healthy, faulty))} |")


def _row(alarms, healthy, faulty):
    found = {run.name: list(alarms(run)) for run in faulty}
    detected = [run for run in faulty if found[run.name]]
    right = [run for run in detected if {s for _, s in found[run.name]} & set(run.symptoms)]
    batches = {run.name: run.records[found[run.name][0][0]] for run in detected}
    early = [run for run in detected if batches[run.name].epoch == 0]
    false = [run for run in healthy if any(True for _ in alarms(run))]
    yield _share(detected, faulty)
    yield _share(right, faulty)
    yield str(len(faulty) - len(detected))
    yield _share(false, healthy)
    yield f"{statistics.median(10 * found[run.name][0][0] + 1 for run in detected):.0f} batches"
    yield _share(early, faulty)


def _share(part, whole):
    return f"{len(part)} of {len(whole)} ({100 * len(part) / len(whole):.0f} %)"


def _print_mistakes(healthy, faulty):
    for run in healthy:
        if alarms := list(_ours(run)):
            print("false alarm:", run.name, alarms)
    for run in faulty:
        alarms = list(_ours(run))
        if not {symptom for _, symptom in alarms} & set(run.symptoms):
            print("missed or misnamed:", run.name, alarms)
        elif run.records[alarms[0][0]].epoch > 0:
            print("late:", run.name, alarms[0])


if __name__ == "__main__":
    main()
