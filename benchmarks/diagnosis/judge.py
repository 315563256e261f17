"""Says what the diagnosis misses of one case; the rules are those of `tests/cases/README.md`."""

import ast
import importlib.util
import pathlib
import re
import sys
import warnings

import keras

from keras_gradwatch import GradientWatch, diagnose

BACKEND = keras.backend.backend()
FOLDER = pathlib.Path(__file__).parents[2] / "tests" / "cases"

ASPECTS = ("cause", "line", "function", "weights", "symptom")

SYMPTOMS = {
    "none": {"missing"},
    "nan": {"non-finite"},
    "untracked": {"missing"},
    "unbuilt": {"missing"},
    "raises": {"raises", "missing"},  # A step may raise for want of a gradient.
}
"""What a finding calls a symptom of a case, where the words differ."""


def runs_here(path):
    """A case is of its folder's backend; those in `cases` itself are TensorFlow's."""
    return path.parent.name in ("any", BACKEND) or (path.parent, BACKEND) == (FOLDER, "tensorflow")


CASES = sorted(filter(runs_here, FOLDER.rglob("[0-9]*.py")), key=lambda path: path.stem)


def number_of(path):
    return path.stem.partition("_")[0]


def is_healthy(path):
    return 'CODE = "healthy"' in path.read_text()


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def judged(path):
    """For each aspect that a case is judged by what was said wrongly, `None` where nothing was."""
    warnings.simplefilter("ignore")
    if is_healthy(path):
        return {"false alarms": false_alarms(path) or None}
    found = missed(path)
    lost = dict.fromkeys(ASPECTS, "no right cause") if "cause" in found else {}
    return {aspect: (lost | found).get(aspect) for aspect in sorted(wanted(path))}


# What is found.


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


def false_alarms(path):
    """The loud findings about a healthy case: of one batch, and of three epochs of `fit`."""
    found = [*findings(load(path)), *fit(load(path), epochs=3)]
    return [(finding.cause or finding.symptom) for finding in found if finding.is_loud]


# What is wanted.


def wanted(path):
    """The aspects that a faulty case is judged by."""
    weights = ["weights"] if load(path).WEIGHTS else []
    return {"cause", "symptom", *weights, *(blamed(path) or {})}


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


# What is missed.


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
    places = blamed(path) or {}
    return {
        name: (here, where) for name, where in places.items() if not any(n in where for n in here)
    }
