"""Judges the diagnosis on the cases of `tests/cases`, and prints a row for each set.

KERAS_BACKEND=tensorflow python -m benchmarks.diagnosis [--verbose] [--processes N] [NUMBER ...]

All these cases are in sight: what counts is the first look, which stands beside the figures of now.
"""

import argparse
import collections
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

from benchmarks.diagnosis import judge
from benchmarks.diagnosis.judge import ASPECTS
from benchmarks.diagnosis.sets import SETS


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.diagnosis", description=__doc__)
    parser.add_argument("numbers", nargs="*", metavar="NUMBER", help="cases, such as 012")
    parser.add_argument("--verbose", action="store_true", help="also print each mistake")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="worker processes")
    arguments = parser.parse_args()
    cases = [c for c in judge.CASES if not arguments.numbers or _is_asked(c, arguments.numbers)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(arguments.processes, context, max_tasks_per_child=20) as pool:
        results = dict(zip(cases, pool.map(judge.judged, cases), strict=True))
    print(f"| set | cases | {' | '.join(ASPECTS)} | false alarms | first look |")
    print("|---" * (len(ASPECTS) + 4) + "|")
    for case_set in SETS:
        own = {c: r for c, r in results.items() if int(judge.number_of(c)) in case_set.numbers}
        if own:
            look = case_set.first_looks.get(judge.BACKEND, "none: in sight from the start")
            print(f"| {case_set.name} | {len(own)} | {' | '.join(_row(own.values()))} | {look} |")
    print(f"| all on {judge.BACKEND} | {len(results)} | {' | '.join(_row(results.values()))} | |")
    if arguments.verbose:
        for case, result in results.items():
            if wrong := {aspect: said for aspect, said in result.items() if said is not None}:
                print(case.stem, wrong)


def _is_asked(case, numbers):
    return judge.number_of(case) in numbers


def _row(results):
    """Right of all for each aspect, and the false alarms of the healthy ones."""
    right, asked = collections.Counter(), collections.Counter()
    for result in results:
        asked.update(result.keys())
        right.update(aspect for aspect, said in result.items() if said is None)
    faults = [f"{right[aspect]}/{asked[aspect]}" for aspect in ASPECTS]
    healthy = asked["false alarms"]
    return [*faults, f"{healthy - right['false alarms']}/{healthy}"]


if __name__ == "__main__":
    main()
