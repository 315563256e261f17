"""The source lines around a finding."""

import dataclasses
import pathlib
import types
import urllib.parse

import gradient_logs
import pytest

from keras_gradwatch.diagnosis.making import making_line
from keras_gradwatch.findings import Location
from keras_gradwatch.outputs.source_lines import AROUND, with_source
from keras_gradwatch.recording.source import location, parsed_text


def with_place(path, line, text):
    location = Location(str(path), line, "call", text)
    return with_source(dataclasses.replace(gradient_logs.FINDING, location=location))


def source_at(path, line, text):
    return with_place(path, line, text)["source"]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text("".join(f"    line_{i}\n" for i in range(1, 21)))
    return path


@pytest.mark.parametrize(("line", "first", "last"), [(10, 5, 15), (1, 1, 6), (20, 15, 20)])
def test_five_lines_before_and_behind(file, line, first, last):
    source = source_at(file, line, f"line_{line}")
    assert source["first"] == first
    assert source["lines"] == [f"    line_{i}" for i in range(first, last + 1)]
    assert source["lines"][line - first].strip() == f"line_{line}"
    assert AROUND == 5


@pytest.mark.parametrize(("line", "text"), [(10, "line_11"), (99, "line_99"), (0, "line_20")])
def test_a_file_that_has_changed_since_gives_no_lines(file, line, text):
    assert source_at(file, line, text) is None


@pytest.mark.parametrize("name", ["layers.py", "my #1 läyers?.py"])
def test_an_editor_opens_the_place(tmp_path, name, monkeypatch):
    (tmp_path / name).write_text("x = 1\n")
    monkeypatch.chdir(tmp_path)
    found = with_place(name, 1, "x = 1")
    assert found["place"] == f"{tmp_path / name}:1, in call"
    address = urllib.parse.urlsplit(found["editor"])
    assert (address.scheme, address.netloc, address.query, address.fragment) == (
        *("vscode", "file", "", ""),
    )
    assert urllib.parse.unquote(address.path) == f"{tmp_path / name}:1"


@pytest.mark.parametrize("path", ["/nowhere/layers.py", "<ipython>", "a\0b.py"])
def test_no_editor_opens_what_is_no_file(path):
    assert with_place(path, 1, "x = 1")["editor"] is None


@pytest.mark.parametrize("path", ["/nowhere/layers.py", "<ipython>", "a\0b.py"])
def test_a_file_that_is_not_there_gives_no_lines(path):
    assert source_at(path, 1, "line_1") is None


def test_a_finding_without_a_place_gives_no_lines():
    plain = dataclasses.replace(gradient_logs.FINDING, location=None)
    assert with_source(plain) == plain.to_dict() | {"source": None}


def test_a_very_long_line_is_cut(tmp_path):
    path = tmp_path / "long.py"
    path.write_text("x" * 10_000)
    assert len(source_at(path, 1, "x" * 10_000)["lines"][0]) == 200


def test_the_files_of_a_large_program_are_parsed_once(tmp_path):
    files = [str(tmp_path / f"module_{i}.py") for i in range(300)]
    for i, file in enumerate(files):
        pathlib.Path(file).write_text(f"layer = Dense({i}, name='layer_{i}')\n")
    before = parsed_text.cache_info().misses
    layers = [types.SimpleNamespace(name=f"layer_{i}") for i in (0, 150, 299)]
    lines = [making_line(layer, layers[:1], files) for layer in layers]
    assert [line.file for line in lines] == [files[0], files[150], files[299]]
    assert parsed_text.cache_info().misses - before < 2 * len(files)


def test_two_functions_of_the_same_text_have_their_own_files():
    def code_of(name):
        scope = {}
        exec(compile("def f():\n    return 1\n", name, "exec"), scope)
        return scope["f"].__code__

    assert code_of("one.py") == code_of("two.py")
    assert [location(code_of(name), 2).file for name in ("one.py", "two.py")] == [
        "one.py",
        "two.py",
    ]
