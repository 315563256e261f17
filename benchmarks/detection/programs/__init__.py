"""Programs as people write them: new to the rules when they were first shown to them.

They follow examples of keras.io and models of KerasHub (`pip install keras-hub`), on photographs,
texts and measurements that scikit-learn ships. A faulty one is a function of whether it has its
fault. `start` in a table: what it learns is measured by its own loss at the start.
"""

from functools import partial

from benchmarks.detection.case import Case
from benchmarks.detection.programs import faulty, generating, images, measurements, texts

HEALTHY = [
    Case(build.__name__, build, **how)
    for part in (texts, images, generating, measurements)
    for build, how in part.PROGRAMS.items()
]
FAULTY = [
    Case(build.__name__, partial(build, True), repaired=partial(build, False), **how)
    for build, how in faulty.PROGRAMS.items()
]
