"""The pages of the codes: each cause and rule has one, and what it says and shows holds.

`WRITE_PAGES=1 pytest tests/test_explanations.py` writes what is printed now into the pages.
"""

import importlib.resources
import inspect
import os
import pathlib
import re
import sys
import types
import warnings

import keras
import pytest

from keras_gradwatch import Finding, GradientWarning, default_rules
from keras_gradwatch.cli import main
from keras_gradwatch.explanations import codes, page, summary
from keras_gradwatch.explanations.causes import CAUSES
from keras_gradwatch.outputs import console

BACKEND = keras.config.backend()
RULES = pathlib.Path(inspect.getfile(default_rules)).parent
NAMES = {code: summary(code)[0] for code in codes()}
OF_RULES = {code: name for code, name in NAMES.items() if code.startswith("GW2")}
NOT_ON = {"jax": {"GW104": "a traced value has no `.numpy()`, and the step raises"}}


def blocks(code, section):
    """The Python code of a section of a page."""
    (text,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", page(code), re.S | re.M)
    return re.findall(r"```python\n(.*?)```", text, re.S)


@pytest.mark.parametrize("code", codes())
def test_a_page_begins_with_its_code_its_name_and_a_sentence(code):
    name, sentence = summary(code)
    assert page(code).startswith(f"# {code} `{name}`\n\n{sentence}\n\n## What you see\n")
    assert sentence.endswith(".")


def test_every_cause_has_a_page_of_its_code():
    of_causes = {code: name for code, name in NAMES.items() if code not in OF_RULES}
    assert of_causes == {cause.code: name for name, cause in CAUSES.items()}


def test_every_rule_has_a_page_and_a_code_that_each_of_its_findings_has():
    assert list(OF_RULES.values()) == [rule.__name__ for rule in default_rules()]
    sources = "".join(path.read_text() for path in RULES.glob("*.py"))
    given = re.findall(r'\bFinding\(\s+"[\w-]+",\s+code="(\w+)",', sources)
    assert sorted(set(given)) == list(OF_RULES)
    assert len(given) == len(re.findall(r"\bFinding\(", sources))


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the code of a page as a module, and returns its diagnosis or its watch."""
    module = types.ModuleType("model")
    module.__file__ = str(tmp_path / "model.py")
    monkeypatch.setitem(sys.modules, "model", module)
    # Modules of other tests give layers the same names.
    monkeypatch.setattr("keras_gradwatch.diagnosis.search.own_files", lambda: (module.__file__,))

    def run(code, name):
        path = tmp_path / name
        path.write_text(code)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(code, str(path), "exec"), vars(module))
        return vars(module).get("diagnosis") or vars(module)["watch"]

    return run


@pytest.mark.parametrize("code", codes())
def test_the_wrong_version_is_found_and_the_right_one_is_healthy(code, run, tmp_path):
    if code in NOT_ON.get(BACKEND, {}):
        pytest.skip(NOT_ON[BACKEND][code])
    (wrong,), (right, *_) = blocks(code, "Wrong"), blocks(code, "Right")
    findings = [f for f in run(wrong, "model.py").findings if f.code == code]
    assert findings
    if BACKEND == "tensorflow":
        printed = str(findings[0]).replace(f"{tmp_path}/", "")
        shown = re.search(r"^## What you see\n\n```text\n(.*?)\n```", page(code), re.S | re.M)[1]
        if os.environ.get("WRITE_PAGES"):
            path = importlib.resources.files("keras_gradwatch.explanations") / f"{code}.md"
            path.write_text(page(code).replace(shown, printed))
            return
        assert stable(shown) == stable(printed)
    assert not [f for f in run(right, "fixed.py").findings if f.is_loud]


def stable(text):
    """A printed finding without what differs from processor to processor: numbers, and the path."""
    return re.sub(r"[\d,.]*\d(e[+-]?\d+)?", "0", text.partition("\n  path ")[0])


CAUSE_OF = {code: re.findall(r"here that\s+is\s+(GW1\d\d)", page(code)) for code in OF_RULES}


@pytest.mark.slow
@pytest.mark.parametrize("code", [code for code, causes in CAUSE_OF.items() if causes])
def test_with_a_cause_the_finding_of_a_rule_has_the_code_that_its_page_names(code, run):
    (wrong,) = blocks(code, "Wrong")
    assert "explain=False" in wrong
    found = run(wrong.replace("explain=False", "explain=True"), "model.py").findings
    assert set(CAUSE_OF[code]) <= {finding.code for finding in found}


@pytest.mark.parametrize("code", codes())
def test_the_way_to_silence_it_runs(code, capsys):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        exec("\n".join(blocks(code, "Silence it")), {})
        if code not in OF_RULES:
            console.warn(Finding("zero", NAMES[code], "error", message="A gradient.\nMore."), None)
    assert not [one for one in caught if issubclass(one.category, GradientWarning)]


@pytest.mark.parametrize("rule", default_rules(), ids=lambda rule: rule.__name__)
def test_a_page_has_the_parameters_of_its_rule(rule):
    (code,) = [code for code, name in OF_RULES.items() if name == rule.__name__]
    told = dict(re.findall(r"^\| `(\w+)` \| ([\d.e+-]+) \|", page(code), re.MULTILINE))
    parameters = list(inspect.signature(rule).parameters.values())[1:]
    assert told == {parameter.name: str(parameter.default) for parameter in parameters}


@pytest.mark.parametrize("asked", ["GW102", "gw102", "non-differentiable"])
def test_the_command_prints_a_page(asked, capsys):
    assert main(["explain", asked]) == 0
    told = capsys.readouterr().out
    assert "GW102 non-differentiable An operation without" in " ".join(told.split())
    assert "return ops.cast(super().call(x) > 0" in told
    assert "```" not in told


def test_the_command_lists_all_codes(capsys):
    assert main(["explain"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [*codes()]


def test_a_code_that_does_not_exist_is_an_error_of_one_line(capsys):
    assert main(["explain", "GW999"]) == 2
    told = capsys.readouterr().err
    assert told == "gradwatch explain: No code 'GW999': `gradwatch explain` lists them.\n"


def test_a_page_that_does_not_exist():
    with pytest.raises(ValueError, match=r"`code` must be one of GW100, .* Received: code='GW999'"):
        page("GW999")


def test_the_code_of_a_rule_gives_way_to_that_of_the_cause():
    finding = Finding("zero", code="MY1")
    assert finding.label == "warning[MY1]"
    assert "gradwatch explain" not in str(finding)
    known = Finding("zero", "dead-activation", "error", code="MY1")
    assert (known.label, known.to_dict()["code"]) == ("error[GW108]", "GW108")
