"""The examples of the docstrings run."""

import doctest
import functools
import importlib
import pathlib
import re
import textwrap

import gradient_logs
import models
import numpy as np
import pytest

import keras_gradwatch

PACKAGE = pathlib.Path(keras_gradwatch.__file__).parent

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),  # Of MLflow, about its file store.
]


def examples():
    """The examples of each module, as parameters."""
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for number, code in enumerate(re.findall(r"```python\n(.*?)```", path.read_text(), re.S)):
            name = module.removesuffix(".__init__")
            yield pytest.param(name, textwrap.dedent(code), id=f"{name}-{number}")


@pytest.fixture
def names(tmp_path, monkeypatch):
    """What the examples take for granted: a model, its data, a log, the names of the package."""
    pytest.importorskip("matplotlib").use("Agg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "store").as_uri())
    (tmp_path / "logs" / "run1").mkdir(parents=True)
    gradient_logs.write_table(tmp_path / "logs" / "run1" / "gradients.csv")
    model, x, y = models.sequential()
    public = {name: getattr(keras_gradwatch, name) for name in keras_gradwatch.__all__}
    return {**public, "model": model, "x": x, "y": y, "np": np, "functools": functools}


@pytest.mark.parametrize(("module", "code"), list(examples()))
def test_an_example_runs(names, module, code):
    for tracker in ("wandb", "mlflow"):
        if module.endswith(f".{tracker}"):
            pytest.importorskip(tracker)
    names = {**vars(importlib.import_module(module)), **names, "records": []}
    if code.startswith(">>>"):
        example = doctest.DocTestParser().get_doctest(code, names, module, None, None)
        assert doctest.DocTestRunner().run(example).failed == 0
        return
    exec(compile(code, f"<{module}>", "exec"), names)
    for name in re.findall(r"^def (test_\w+)\(\)", code, re.M):
        names[name]()


def test_examples_are_found():
    assert len(list(examples())) > 8
