"""The code of the documentation runs, and what it prints is what the pages show."""

import contextlib
import io
import pathlib
import re
import warnings

import keras
import pytest

import keras_gradwatch
from keras_gradwatch.explanations import codes

ROOT = pathlib.Path(__file__).parents[1]
DOCS, README = ROOT / "docs", ROOT / "README.md"
BACKEND = keras.config.backend()
PAGES = [path for path in sorted(DOCS.rglob("*.md")) if path.parent.name != "codes"]
WITH_CODE = [path for path in PAGES if "```python\n" in path.read_text()]
SLOW = ("ci", "custom_loops", "distributed", "gans", "outputs")
NEEDS = {"tutorial": "sklearn"}


def pages():
    for path in WITH_CODE:
        marks = [pytest.mark.slow] if path.stem in SLOW else []
        yield pytest.param(path, id=path.stem, marks=marks)


def run(page, tmp_path):
    """Runs the code of a page from top to bottom, in one file; what is printed."""
    code = "\n".join(re.findall(r"```python\n(.*?)```", page.read_text(), re.S))
    path = tmp_path / f"{page.stem}.py"
    path.write_text(code)
    names = {"__name__": page.stem, "__file__": str(path)}
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()) as printed:
        warnings.simplefilter("ignore")
        exec(compile(code, str(path), "exec"), names)
        for test in re.findall(r"^def (test_\w+)\(\)", code, re.M):
            names[test]()
    return printed.getvalue().replace(f"{tmp_path}/", "")


@pytest.mark.skipif(BACKEND != "tensorflow", reason="the pages are written for TensorFlow")
@pytest.mark.parametrize("page", list(pages()))
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if page.stem in NEEDS:
        pytest.importorskip(NEEDS[page.stem])
    printed = run(page, tmp_path)
    shown = re.findall(r"```text\n((?:error\[|Healthy).*?)```", page.read_text(), re.S)
    if page.stem == "tutorial":
        assert len(shown) == 2
        for text in shown:
            assert stable(text) in stable(printed)


def stable(text):
    """A text without numbers, which differ from processor to processor."""
    return re.sub(r"[\d,.]*\d(e[+-]?\d+)?", "0", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_codes_that_a_page_names_exist(page):
    named = set(re.findall(r"\bGW[12]\d\d\b", page.read_text()))
    assert named <= set(codes())


@pytest.mark.parametrize("page", [*PAGES, README], ids=lambda page: page.stem)
def test_the_files_that_a_page_links_to_exist(page):
    targets = re.findall(r"\]\(([^):#]+)[)#]", page.read_text())
    assert not [target for target in targets if not (page.parent / target).exists()]


def test_the_index_of_rules_is_in_their_order():
    listed = re.findall(r"^\| \[`(\w+)`\]\(\S*/(\w+).md\)", (DOCS / "rules.md").read_text(), re.M)
    of_rules = [code for code in codes() if code.startswith("GW2")]
    rules = [rule.__name__ for rule in keras_gradwatch.default_rules()]
    assert listed == list(zip(rules, of_rules, strict=True))


def finding_in(page):
    """The lines of the first finding that a page shows, but for where it was found."""
    text = re.search(r"^(error\[.*?)```", page.read_text(), re.S | re.M)[1]
    return [line for line in stable(text).splitlines() if not line.startswith("  where")]


def test_the_readme_shows_the_finding_of_the_tutorial():
    assert finding_in(README) == finding_in(DOCS / "tutorial.md")


def figures(page):
    """The last three columns of the table of first looks, in order."""
    row = r"^\|.*\| (\d+ of \d+) \| (\d+ of \d+) \| (\d+ of \d+) \|$"
    return re.findall(row, page.read_text(), re.M)


def test_the_accuracy_of_the_readme_is_that_of_the_whole_table():
    shown = figures(README)
    assert len(shown) == 11
    assert shown == figures(DOCS / "accuracy.md")[:11]


def test_the_test_command_of_the_readme_is_the_one_that_is_run():
    command = 'python3 -m venv .venv && .venv/bin/pip install -q -e ".[tensorflow,test]" && '
    for path in (README, ROOT / ".ci" / "run"):
        assert f"{command}.venv/bin/pytest -q\n" in path.read_text()
