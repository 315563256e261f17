"""A finding as text, as JSON, pickled, and in a notebook."""

import json
import math
import pickle
import sys
import types

import numpy as np
import pytest

from keras_gradwatch import Finding, GradientError, Location

LINE = Location("layers/mine.py", 14, "call", "return x > 0")


def finding(count=1, **changes):
    weights = tuple(f"net/w{i}" for i in range(count))
    return Finding("missing", weights=weights, message="The gradient is missing", **changes)


def test_numbers_that_are_not_finite_are_null_in_json():
    evidence = {
        "norm": math.nan,
        "range": (-math.inf, np.float32("inf")),
        "path": [{"name": "loss", "norm": np.float64("nan")}],
        "counts": np.array([1.5, np.nan]),
        "samples": np.int64(3),
    }
    told = json.loads(json.dumps(finding(evidence=evidence).to_dict(), allow_nan=False))
    assert told["evidence"] == {
        "norm": None,
        "range": [None, None],
        "path": [{"name": "loss", "norm": None}],
        "counts": [1.5, None],
        "samples": 3,
    }


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (1, "net/w0"),
        (2, "net/w0, net/w1"),
        (5, "net/w0, net/w1, net/w2, net/w3, net/w4"),
        (221, "net/w0, net/w1, net/w2, net/w3, net/w4 and 216 more"),
    ],
)
def test_five_weights_are_named_and_the_rest_is_counted(count, shown):
    assert dict(finding(count).sections())["weights"] == shown


def test_the_one_weight_of_the_message_is_not_named_twice():
    sections = Finding("zero", weights=("net/w",), message="net/w is zero").sections()
    assert [title for title, _ in sections] == ["more"]


def test_the_terminal_gets_an_absolute_path_and_pages_a_short_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = finding(location=LINE)
    assert f"return x > 0    {tmp_path}/layers/mine.py:14, in call" in str(found)
    assert dict(found.sections())["where"] == "return x > 0    mine.py:14, in call"
    assert str(tmp_path) not in found.to_markdown() + found._repr_html_()


def test_a_pickled_error_prints_as_before():
    error = GradientError([finding(2, location=LINE)], ValueError("No gradients provided"))
    error.add_note("in trial 3")
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error)
    assert copy.findings == error.findings
    assert copy.__notes__ == error.__notes__
    assert str(copy.__cause__) == "No gradients provided"


class Compiler:
    """What IPython knows of its cells."""

    def format_code_name(self, name):
        return ("Cell", "In[3]") if name == "/tmp/ipykernel_123/142035110.py" else None


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ("/tmp/ipykernel_123/142035110.py", "Cell [3], line 6, in call"),
        ("/home/me/mine.py", "mine.py:6, in call"),
    ],
)
def test_a_notebook_is_told_the_cell(monkeypatch, file, shown):
    shell = types.SimpleNamespace(compile=Compiler())
    ipython = types.SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    assert str(Location(file, 6, "call", "")) == shown


def test_a_script_that_imports_ipython_has_no_cells(monkeypatch):
    ipython = types.SimpleNamespace(get_ipython=lambda: None)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    assert str(LINE) == "mine.py:14, in call"


def test_a_cell_of_ipython_itself():
    shells = pytest.importorskip("IPython.core.interactiveshell")
    shell = shells.InteractiveShell.instance()
    try:
        shell.run_cell("import inspect\nplace = inspect.currentframe().f_code.co_filename")
        said = str(Location(shell.user_ns["place"], 2, "<module>", ""))
        assert said == "Cell [1], line 2, in <module>"
    finally:
        shells.InteractiveShell.clear_instance()
