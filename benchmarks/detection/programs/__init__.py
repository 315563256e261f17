"""Programs as people write them: new to the rules when they were first shown to them.

They follow examples of keras.io and models of KerasHub (`pip install keras-hub`), on photographs,
texts and measurements that scikit-learn ships. A faulty one is a function of whether it has its
fault. `start` in a table: what it learns is measured by its own loss at the start.
"""

from functools import partial

from benchmarks.detection.case import Case
from benchmarks.detection.programs import (
    faulty,
    fourth_faulty,
    fourth_healthy,
    generating,
    images,
    later_faulty,
    later_healthy,
    measurements,
    texts,
)


def _healthy(*parts):
    tables = [part.PROGRAMS.items() for part in parts]
    return [Case(build.__name__, build, **how) for table in tables for build, how in table]


def _faulty(part):
    return [
        Case(build.__name__, partial(build, True), repaired=partial(build, False), **how)
        for build, how in part.PROGRAMS.items()
    ]


CASES = {
    ("programs", "healthy"): _healthy(texts, images, generating, measurements),
    ("programs", "faulty"): _faulty(faulty),
    ("later", "healthy"): _healthy(later_healthy),
    ("later", "faulty"): _faulty(later_faulty),
    ("fourth", "healthy"): _healthy(fourth_healthy),
    ("fourth", "faulty"): _faulty(fourth_faulty),
}
"""The programs of each set. A set is never added to once the rules were asked about it."""
