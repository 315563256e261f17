"""Asks the rules about the trainings that are kept, and prints one table for each set.

python -m benchmarks.detection [--runs FOLDER] [--verbose] [--rules]
"""

import argparse
import statistics
from pathlib import Path

from benchmarks.detection import peers
from benchmarks.detection.logs import Run
from benchmarks.detection.training import RUNS, SETS
from keras_gradwatch import default_rules
from keras_gradwatch.monitor.joining import joined
from keras_gradwatch.monitor.tracker import FindingTracker

FIRST_LOOKS = {
    "first": "none: thresholds were chosen on it from the beginning",
    "second": "25 of 27 found, 5 false alarms in 67",
    "third": "7 of 9 found by the rules before it; 1 false alarm in 15 by those after it",
    "later": "11 of 12 found, each with the right symptom; 1 false alarm in 28",
    "fourth": "21 of 27 found, each with the right symptom; no false alarm in 27",
    "programs": "16 of 17 found, each with the right symptom; no false alarm in 27",
}
"""What the rules said of each set before anything was changed with it in sight."""


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description=__doc__)
    parser.add_argument("--runs", type=Path, default=RUNS, help="folder of trainings")
    parser.add_argument("--verbose", action="store_true", help="also print each mistake")
    parser.add_argument("--rules", action="store_true", help="also print what each rule is worth")
    arguments = parser.parse_args()
    sets = {name: _runs(arguments.runs, name) for name in SETS}
    print(
        "| set | rules | detected | right symptom | false alarms | warnings | in epoch 1 |", end=""
    )
    print(" first look |\n|---|---|---|---|---|---|---|---|")
    for name, runs in sets.items():
        for tool, alarms in _TOOLS.items():
            look = FIRST_LOOKS[name] if tool == "keras_gradwatch" else ""
            print(f"| {name} | {tool} | {' | '.join(_row(alarms, *runs))} | {look} |")
    if arguments.verbose:
        for runs in sets.values():
            _print_mistakes(*runs)
    if arguments.rules:
        _print_worth([run for runs in sets.values() for run in runs[1]])


def _runs(folder, name):
    """The fair runs of a set, the healthy ones and the faulty ones."""
    both = []
    for kind in ("healthy", "faulty"):
        runs = [Run.load(file) for file in sorted(folder.glob(f"{name}-{kind}-*.npz"))]
        unfair = [run.name for run in runs if not run.is_fair]
        if unfair:
            print(f"{name}, {kind}, left out, since they did not learn or did: {', '.join(unfair)}")
        both.append([run for run in runs if run.is_fair])
    return both


def ours(run, rules=None):
    """The alarms of our rules: what is reported, above information.

    Yields:
        The number of the record, and the symptoms.
    """
    tracker = FindingTracker(default_rules() if rules is None else rules)
    for number, record in enumerate(run.records):
        for finding in joined(tracker.read(record)):
            if finding.is_loud:
                yield number, finding.symptoms


_TOOLS = {
    "keras_gradwatch": ours,
    "DeepLocalize": peers.deep_localize,
    "DeepDiagnosis": peers.deep_diagnosis,
    "AutoTrainer": peers.auto_trainer,
    "UMLAUT": peers.umlaut,
}


def _row(alarms, healthy, faulty):
    found = {run.name: list(alarms(run)) for run in faulty}
    detected = [run for run in faulty if found[run.name]]
    right = [run for run in detected if _names(found[run.name]) & set(run.symptoms)]
    early = [run for run in detected if run.records[found[run.name][0][0]].epoch == 0]
    counts = [len(found[run.name]) for run in detected]
    yield _share(detected, faulty)
    yield _share(right, faulty)
    yield _share([run for run in healthy if any(True for _ in alarms(run))], healthy)
    yield f"{statistics.mean(counts):.1f}" if counts else "-"
    yield _share(early, faulty)


def _names(alarms):
    return set().union(*(symptoms for _, symptoms in alarms))


def _share(part, whole):
    return f"{len(part)} of {len(whole)} ({100 * len(part) / max(len(whole), 1):.0f} %)"


def _print_mistakes(healthy, faulty):
    for run in healthy:
        if alarms := list(ours(run)):
            print("false alarm:", run.name, alarms)
    for run in faulty:
        alarms = list(ours(run))
        if not _names(alarms) & set(run.symptoms):
            print("missed or misnamed:", run.name, alarms)


def _print_worth(faulty):
    """For each rule how many faults it finds, and how many it alone gives the right symptom."""
    right = {
        (rule.__name__, run.name)
        for rule in default_rules()
        for run in faulty
        if _names(list(ours(run, [rule]))) & set(run.symptoms)
    }
    finders = {run.name: {rule for rule, name in right if name == run.name} for run in faulty}
    print("\n| rule | right symptom | no other rule has it |\n|---|---|---|")
    for rule in default_rules():
        mine = [rules for rules in finders.values() if rule.__name__ in rules]
        print(f"| {rule.__name__} | {len(mine)} | {sum(len(rules) == 1 for rules in mine)} |")


if __name__ == "__main__":
    main()
