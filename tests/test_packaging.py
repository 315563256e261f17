"""What stands beside the code: the metadata, the citation, the form of a bug report."""

import configparser
import pathlib
import re

import pytest

import keras_gradwatch

ROOT = pathlib.Path(__file__).parents[1]


def metadata():
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg")
    return parser["metadata"]


def test_the_citation_is_of_this_version():
    text = (ROOT / "CITATION.cff").read_text()
    assert re.search(r"^version: (.*)$", text, re.M)[1] == keras_gradwatch.__version__
    assert re.search(r"^license: (.*)$", text, re.M)[1] == metadata()["license_expression"]
    released = re.search(r"^date-released: (.*)$", text, re.M)[1]
    heading = f"## [{keras_gradwatch.__version__}] - {released}"
    assert heading in (ROOT / "CHANGELOG.md").read_text()


def test_a_bug_report_asks_for_the_environment():
    form = (ROOT / ".github" / "ISSUE_TEMPLATE" / "bug_report.yml").read_text()
    assert "`gradwatch --version`" in form


def test_a_tested_system_is_named_and_no_other():
    systems = re.findall(r"Operating System :: .*", metadata()["classifiers"])
    assert systems == ["Operating System :: POSIX :: Linux"]


@pytest.mark.parametrize("extra", ["wandb", "mlflow"])
def test_a_tracker_is_an_extra_of_its_name(extra):
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg")
    assert parser["options.extras_require"][extra].strip().startswith(extra)
    docstring = (ROOT / "keras_gradwatch" / "outputs" / f"{extra}.py").read_text()
    assert f'pip install "keras-gradwatch[{extra}]"' in docstring
