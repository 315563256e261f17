"""Each rule has a page that knows its parameters and their defaults, and whose code runs."""

import inspect
import pathlib
import re

import pytest

from keras_gradwatch import default_rules

PAGES = pathlib.Path(__file__).parents[1] / "docs" / "rules"


@pytest.mark.parametrize("rule", default_rules(), ids=lambda rule: rule.__name__)
def test_a_page_has_the_parameters_of_its_rule(rule):
    page = (PAGES / f"{rule.__name__}.md").read_text()
    told = dict(re.findall(r"^\| `(\w+)` \| ([\d.e+-]+) \|", page, re.MULTILINE))
    parameters = list(inspect.signature(rule).parameters.values())[1:]
    assert told == {parameter.name: str(parameter.default) for parameter in parameters}


@pytest.mark.parametrize("rule", default_rules(), ids=lambda rule: rule.__name__)
def test_a_page_shows_a_healthy_and_an_ill_run(rule):
    page = (PAGES / f"{rule.__name__}.md").read_text()
    (picture,) = re.findall(r"!\[[^]]+\]\((.*?)\)", page)
    assert picture == f"{rule.__name__}.png"
    assert (PAGES / picture).read_bytes().startswith(b"\x89PNG")


def test_there_is_a_page_for_each_rule_and_each_is_listed():
    names = {rule.__name__ for rule in default_rules()}
    assert {path.stem for path in PAGES.glob("*.md")} == names | {"README"}
    listed = re.findall(r"^\| \[`(\w+)`\]", (PAGES / "README.md").read_text(), re.MULTILINE)
    assert listed == [rule.__name__ for rule in default_rules()]


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_the_code_of_a_page_runs(page):
    code = "\n".join(re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL))
    exec(compile(code, str(page), "exec"), {})
