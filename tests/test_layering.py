"""Imports run one way, and importing the package loads no framework."""

import ast
import pathlib
import subprocess
import sys

import pytest

import keras_gradwatch
from keras_gradwatch.backends.base import Backend

PACKAGE = pathlib.Path(__file__).parents[1] / "keras_gradwatch"

LAYERS = (
    {"explanations"},
    {"findings", "optimizers", "tracebacks", "statistics"},
    {"weights"},
    {"arguments", "record"},
    {"recording"},
    {"numeric"},
    {"backends"},
    {"step"},
    {"clipping"},
    {"coverage"},
    {"diagnosis"},
    {"outputs"},
    {"monitor"},
    {"rules"},
    {"views"},
    {"results"},
    {"callback"},
    {"testing", "cli"},
    {"__main__"},
)
"""A module imports from the lines above its own."""


def level(module):
    (found,) = [i for i, names in enumerate(LAYERS) if module in names]
    return found


def part_of(path):
    """The module, or the subpackage, that a file belongs to."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(path):
    """The parts of the package that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("keras_gradwatch"):
            rest = node.module.split(".")[1:]
            yield from rest[:1] or (home(alias.name) for alias in node.names)


def home(name):
    """The part of the package that a name comes from, which may be a public name."""
    return keras_gradwatch._HOME.get(name, f".{name}").split(".")[1]


FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_imports_only_from_layers_below(path):
    here = part_of(path)
    above = {name for name in imports(path) if name != here and level(name) >= level(here)}
    assert not above


def test_every_file_has_a_layer():
    assert {part_of(path) for path in FILES} <= set().union(*LAYERS)


BACKENDS = ("tensorflow", "jax", "torch")


def frameworks_in(path):
    """The frameworks that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from (name.split(".")[0] for name in names if name.split(".")[0] in BACKENDS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_framework_is_imported_in_its_own_folder_only(path):
    parts = path.relative_to(PACKAGE).parts
    own = {parts[1]} if parts[0] == "backends" and len(parts) > 2 else set()
    assert set(frameworks_in(path)) <= own


def test_one_file_asks_keras_for_its_backend():
    asking = [path for path in FILES if "keras.backend.backend()" in path.read_text()]
    assert [path.relative_to(PACKAGE).as_posix() for path in asking] == ["backends/__init__.py"]


def names_of(folder):
    return {path.name for path in (PACKAGE / "backends" / folder).glob("*.py")}


@pytest.mark.parametrize("name", BACKENDS)
def test_a_backend_has_the_files_and_the_names_of_the_protocol(name):
    assert names_of(name) >= {"measure.py", "step.py", "recorder.py", "kinds.py", "private.py"}
    tree = ast.parse((PACKAGE / "backends" / name / "__init__.py").read_text())
    (exported,) = [n.value for n in tree.body if isinstance(n, ast.Assign)]
    wanted = {n for n in dir(Backend) if not n.startswith("_")} | set(Backend.__annotations__)
    assert set(ast.literal_eval(exported)) == wanted


def lengths(path):
    """The lines of each function of a file, without its docstring."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            first = node.body[0]
            has_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            docstring = first.end_lineno - first.lineno + 1 if has_docstring else 0
            yield node.end_lineno - node.lineno + 1 - docstring


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_are_short(path):
    assert len(path.read_text().splitlines()) <= 400
    assert max(lengths(path), default=0) <= 50


def test_few_modules_stand_beside_the_folders():
    assert len(list(PACKAGE.glob("*.py"))) <= 14


FRAMEWORKS = ("keras", "tensorflow", "torch", "jax", "pandas", "tensorboard", "matplotlib", "rich")


def loaded_after(code):
    loaded = f"import sys\n{code}\nprint(*[m for m in {FRAMEWORKS} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_importing_the_package_loads_no_framework():
    assert loaded_after("import keras_gradwatch, keras_gradwatch.findings") == set()


def test_the_check_of_imports_can_fail():
    assert "pandas" in loaded_after("import pandas")


def test_public_names_are_importable_and_sorted():
    assert keras_gradwatch.__all__ == sorted(keras_gradwatch.__all__)
    for name in keras_gradwatch.__all__:
        assert getattr(keras_gradwatch, name).__module__.startswith("keras_gradwatch")
