"""The cases: each fault gets its cause, line, weights and symptom, and no healthy model an alarm.

The rules are those of `tests/cases/README.md`. What is missed today stands in `known_misses.py`.
"""

import ast
import functools
import importlib.util
import pathlib
import re
import sys

import keras
import known_misses
import pytest

from keras_gradwatch import GradientWatch, diagnose
from keras_gradwatch.backends import backend

BACKEND = keras.backend.backend()
FOLDER = pathlib.Path(__file__).parents[1] / "cases"

MISSES = known_misses.KNOWN_MISSES[BACKEND]

SYMPTOMS = {
    "none": {"missing"},
    "nan": {"non-finite"},
    "untracked": {"missing"},
    "unbuilt": {"missing"},
    "raises": {"raises", "missing"},  # A step may raise for want of a gradient.
}
"""What a finding calls a symptom of a case, where the words differ."""

NEEDS = {"551": "tensorflow"}  # Keras' own `JaxLayer` imports it.

pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(not hasattr(backend(), "record"), reason="the backend has no recorder yet"),
]


def runs_here(path):
    """A case is of its folder's backend; those in `cases` itself are TensorFlow's."""
    return path.parent.name in ("any", BACKEND) or (path.parent, BACKEND) == (FOLDER, "tensorflow")


CASES = sorted(filter(runs_here, FOLDER.rglob("[0-9]*.py")), key=lambda path: path.stem)


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fit(case, epochs):
    model, x, y = case.build()
    watch = GradientWatch(every=1)
    try:
        model.fit(x, y, batch_size=16, epochs=epochs, verbose=0, callbacks=[watch])
    except Exception:  # What the watch says of a step that raises is judged.
        assert watch.findings
    return watch.findings


def findings(case):
    if case.NEEDS_TRAINING:
        return fit(case, getattr(case, "EPOCHS", 5))
    model, x, y = case.build()
    x, y = keras.tree.map_structure(lambda value: value[:16], (x, () if y is None else y))
    y = None if isinstance(y, tuple) and not y else y
    return diagnose(model, x, y, numeric=case.CODE == "wrong-derivative").findings


def blamed(path):
    """The lines of the blamed statement and of its function; none outside of what a step runs."""
    source = path.read_text()
    marked = [i for i, text in enumerate(source.splitlines(), 1) if re.search(r"#\s*BLAME\b", text)]
    if not marked:
        return None
    around = [node for node in ast.walk(ast.parse(source)) if marked[0] in lines(node)]
    functions = [node for node in around if isinstance(node, ast.FunctionDef)]
    if not functions or not is_run_in_a_step(functions[-1]):
        return None
    simple = [node for node in around if isinstance(node, ast.stmt) and not hasattr(node, "body")]
    statement = lines(simple[-1]) if simple else range(marked[0], marked[0] + 1)
    return {"line": statement, "function": lines(functions[-1])}


def lines(node):
    return range(getattr(node, "lineno", 0), getattr(node, "end_lineno", -1) + 1)


def is_run_in_a_step(function):
    """A layer's `build` counts: a tool can point at it. The case's own `build` does not."""
    puts_together = function.name == "build" and function.col_offset == 0
    return not puts_together and function.name not in ("__init__", "get_config")


@functools.lru_cache(maxsize=1)
def missed(path):
    """What is not said rightly of a case: `{aspect: what was found}`."""
    case = load(path)
    found = findings(case)
    pool = found if case.CODE == "frozen" else [finding for finding in found if finding.is_loud]
    accepted = {case.CODE, *getattr(case, "ALSO", ())}
    right = [finding for finding in pool if finding.cause in accepted]
    if not right:
        return {"cause": [(finding.cause, finding.severity) for finding in found]}
    wrong = {**missed_weights(case, right), **missed_symptom(case, right)}
    return wrong | missed_places(path, right)


def missed_weights(case, right):
    named = {weight for finding in right for weight in finding.weights}
    absent = [part for part in case.WEIGHTS if not any(part in name for name in named)]
    return {"weights": (absent, named)} if absent else {}


def missed_symptom(case, right):
    by_backend = getattr(case, "SYMPTOM_BY_BACKEND", {})
    expected = by_backend.get(BACKEND, case.SYMPTOM)
    said = {finding.symptom for finding in right}
    accepted = SYMPTOMS.get(expected, {expected})
    return {} if accepted & said else {"symptom": (expected, said)}


def missed_places(path, right):
    said = [finding.location for finding in right if finding.location]
    here = [place.line for place in said if pathlib.Path(place.file) == path]
    wanted = blamed(path) or {}
    return {
        name: (here, where) for name, where in wanted.items() if not any(n in where for n in here)
    }


def is_healthy(path):
    return 'CODE = "healthy"' in path.read_text()


def number_of(path):
    return path.stem[:3]


def of(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.stem)


HEALTHY = [path for path in CASES if is_healthy(path)]


@of([path for path in CASES if not is_healthy(path)])
def test_fault(path):
    known = {aspect for number, aspect in MISSES if number == number_of(path)}
    assert {aspect: said for aspect, said in missed(path).items() if aspect not in known} == {}


@pytest.mark.parametrize(
    ("number", "aspect"),
    [
        pytest.param(*miss, marks=pytest.mark.xfail(reason=reason, strict=True))
        for miss, reason in MISSES.items()
    ],
)
def test_known_miss(number, aspect):
    (path,) = [path for path in CASES if number_of(path) == number]
    assert aspect not in missed(path)


@of(HEALTHY)
def test_healthy_batch(path):
    pytest.importorskip(NEEDS.get(number_of(path), "keras"))
    assert not [finding for finding in findings(load(path)) if finding.is_loud]


@pytest.mark.slow
@of(HEALTHY)
def test_healthy_training(path):
    pytest.importorskip(NEEDS.get(number_of(path), "keras"))
    assert not [finding for finding in fit(load(path), epochs=3) if finding.is_loud]
