"""What the terminal shows: the warning, the stop, the sentence after `fit`."""

import dataclasses
import re
import sys
import types
import warnings

import keras
import models
import pytest

from keras_gradwatch import Finding, GradientWarning, GradientWatch, Location
from keras_gradwatch.outputs import console

FOUND = Finding(
    "missing",
    severity="error",
    message="net/kernel gets no gradient",
    location=Location("mine.py", 14, "call", "return x > 0"),
)


def warned(*args):
    """The text of the warning."""
    with pytest.warns(GradientWarning) as caught:
        console.warn(FOUND, *args)
    (warning,) = caught
    return str(warning.message)


@pytest.mark.parametrize(("verbose", "printed"), [("auto", "\n"), (1, "\n"), (2, ""), (0, "")])
def test_a_warning_begins_on_a_line_of_its_own(capsys, verbose, printed):
    warned({"verbose": verbose})
    assert capsys.readouterr().out == printed


def test_a_warning_begins_below_the_progress_bar_of_fit_as_people_call_it(capsys, monkeypatch):
    at_the_warning = []
    show = warnings.showwarning
    model, x, y = models.eagerly(models.cut)()
    with warnings.catch_warnings():
        warnings.simplefilter("always", GradientWarning)
        warnings.filterwarnings("ignore", "Gradients do not exist")

        def record(message, category, *args, **kwargs):
            if category is GradientWarning:
                at_the_warning.append(capsys.readouterr().out)
            else:
                show(message, category, *args, **kwargs)

        monkeypatch.setattr(warnings, "showwarning", record)
        model.fit(x, y, batch_size=16, epochs=2, callbacks=[GradientWatch(every=3)])
    (before,) = at_the_warning
    assert before.endswith("Epoch 1/2\n\n")


def test_the_severity_is_a_word_without_color_in_a_pipe(monkeypatch):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert warned({}).startswith("\nerror[GW100]: net/kernel gets no gradient\n")


@pytest.mark.parametrize(("no_color", "is_colored"), [("", True), ("1", False)])
def test_the_severity_has_a_color_in_a_terminal(monkeypatch, no_color, is_colored):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", no_color)
    text = warned({})
    assert bool(re.search(r"\x1b\[31merror\x1b\[0m\[GW100\]: net/kernel", text)) == is_colored
    assert ("\x1b" in text) == is_colored


def test_a_warning_is_wrapped_to_the_terminal_but_not_its_paths_and_code(monkeypatch):
    path, code = f"/home/{'long/' * 12}mine.py:14,", f"y = {'x + ' * 20}1"
    finding = dataclasses.replace(
        FOUND,
        location=Location(path.removesuffix(":14,"), 14, "call", "return x > 0"),
        explanation=("a comparison has no derivative: " * 4).strip(),
        evidence={"repair": [code, "y = x"]},
    )
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    issued = []
    monkeypatch.setattr(console, "_issue", lambda text, category: issued.append(text))
    for forced in ("", "1"):
        monkeypatch.setenv("FORCE_COLOR", forced)
        console.warn(finding, None, "training ends")
    in_pipe, in_terminal = issued
    assert in_terminal.split() == in_pipe.split(), "the same words"
    assert in_pipe.count("\n") == 8, "a line for each section"
    lines = in_terminal.splitlines()
    assert f"           {path}" in lines
    assert f"           - {code}" in lines
    assert max(len(line) for line in lines if path not in line and code not in line) <= 60


def test_a_warning_names_the_line_with_its_absolute_path(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert f"{tmp_path}/mine.py:14" in warned({})


@pytest.mark.filterwarnings("ignore:Gradients do not exist")
def test_a_stop_says_that_and_why_and_when():
    model, x, y = models.eagerly(models.cut)()
    watch = GradientWatch(every=2, stop_on="missing")
    with pytest.warns(GradientWarning) as caught:
        model.fit(x, y, batch_size=16, verbose=0, callbacks=[watch])
    text = str(caught.pop(GradientWarning).message)
    assert "stopped  training ends at step 0: `stop_on` has 'missing'" in text


@pytest.mark.filterwarnings("ignore:Gradients do not exist")
def test_what_does_not_stop_does_not_say_so():
    model, x, y = models.eagerly(models.cut)()
    with pytest.warns(GradientWarning) as caught:
        model.fit(x, y, batch_size=16, verbose=0, callbacks=[GradientWatch(stop_on="vanishing")])
    assert "stopped" not in str(caught.pop(GradientWarning).message)


def healthy():
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    return model


def test_a_watch_is_a_sentence(xy):
    model, watch = healthy(), GradientWatch(every=2)
    assert repr(watch).startswith("GradientWatch: no batch has been sampled yet. ")
    model.fit(*xy, batch_size=16, epochs=2, verbose=0, callbacks=[watch])
    assert repr(watch) == "GradientWatch: nothing wrong in 5 samples of 2 weights"
    model.fit(*xy, batch_size=16, verbose=0, callbacks=[watch])
    assert repr(watch) == "GradientWatch: nothing wrong in 8 samples of 2 weights"
    healthy_too = healthy()
    with pytest.warns(UserWarning, match="attached to a new model"):
        healthy_too.fit(*xy, batch_size=70, verbose=0, callbacks=[watch])
    assert repr(watch) == "GradientWatch: nothing wrong in 1 sample of 2 weights"


@pytest.mark.filterwarnings("ignore")
def test_an_ill_watch_says_what_stands():
    model, x, y = models.eagerly(models.cut)()
    watch = GradientWatch(every=1)
    model.fit(x, y, batch_size=64, verbose=0, callbacks=[watch])
    assert re.fullmatch(
        r"GradientWatch: 1 finding in \d samples? of \d weights: missing \(.*step.*\)", repr(watch)
    )


@pytest.mark.parametrize("verbose", [0, 2, "auto"])
def test_fit_ends_with_what_stands_and_where_the_log_is(xy, capsys, tmp_path, verbose):
    watch = GradientWatch(tmp_path / "logs", csv=tmp_path / "log.csv")
    healthy().fit(*xy, batch_size=16, verbose=verbose, callbacks=[watch])
    said = capsys.readouterr().out
    assert ("\nGradientWatch: nothing wrong in 1 sample of 2 weights\n" in said) == bool(verbose)
    assert (f"tensorboard --logdir {tmp_path / 'logs'}" in said) == bool(verbose)
    assert (f"gradwatch report {tmp_path / 'log.csv'}" in said) == bool(verbose)


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="Keras warns of nothing on JAX")
@pytest.mark.parametrize(
    ("arguments", "of_keras", "ours"),
    [
        ({"every": 2}, 0, 1),
        ({"weights": "classes"}, 1, 0),  # What we do not explain, Keras warns of.
        ({"rules": [], "explain": False}, 1, 0),
    ],
)
def test_keras_does_not_warn_of_what_is_explained(arguments, of_keras, ours):
    model, x, y = models.cut()
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("default")  # As Python begins: each is shown once.
        watch = GradientWatch(**arguments)
        model.fit(x, y, batch_size=20, epochs=3, verbose=0, callbacks=[watch])
    texts = [str(one.message) for one in shown]
    assert sum("Gradients do not exist for variables" in text for text in texts) == of_keras
    assert sum(one.category is GradientWarning for one in shown) == ours


class Shell:
    """What IPython knows of the cell that this file would be."""

    class compile:
        @staticmethod
        def format_code_name(name):
            return ("Cell", "In[3]") if name == __file__ else None


def test_a_warning_names_the_cell_of_a_notebook(monkeypatch):
    ipython = types.SimpleNamespace(get_ipython=lambda: Shell)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    with pytest.warns(GradientWarning) as caught:
        console.warn(FOUND, None)
    assert caught.pop(GradientWarning).filename == "Cell [3]"
