"""The command `gradwatch`."""

import json
import os
import platform
import subprocess
import sys

import gradient_logs
import keras
import pandas as pd
import pytest

import keras_gradwatch
from keras_gradwatch import Diagnosis
from keras_gradwatch.cli import main

SCRIPT = """
import sys

import keras
import numpy as np


def step(x):
    return keras.ops.cast(x > 0, "float32")


def build(activation=step):
    model = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(6, activation=activation), keras.layers.Dense(3)],
        name="net",
    )
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    rng = np.random.default_rng(0)
    return model, rng.normal(size=(64, 8)).astype("float32"), rng.integers(0, 3, 64)


def healthy():
    print("printed by the script")
    return build("tanh")


def nothing():
    return None


def raising():
    print("printed by the script")
    raise KeyError("my own mistake")


def leaving():
    sys.exit(0)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        model, x, y = globals()[name]()
        model.fit(x, y, batch_size=8, verbose=0)
        model.fit(x, y, 8, 1, 0, [])
"""


BREAKS = """
import keras
import numpy as np


class Layer(keras.layers.Layer):
    def call(self, x):
        raise ValueError("in the forward pass")


model = keras.Sequential([Layer(), keras.layers.Dense(1)], name="breaks")
model.compile("sgd", "mse")
model.fit(np.ones((8, 2)), np.ones((8, 1)), verbose=0)
"""

MANY = """
import gc
import weakref

import keras
import numpy as np


def train():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)], name="net")
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 2)), np.ones((8, 1)), verbose=0)
    return weakref.ref(model)


trained = [train() for _ in range(2)]
keras.utils.clear_session()
gc.collect()
print("alive:", sum(model() is not None for model in trained))
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "train.py"
    path.write_text(SCRIPT)
    return path


@pytest.fixture
def watched(tmp_path, script):
    """Runs the script with some arguments; gives the log directory."""
    before = keras.Model.fit, list(sys.argv), list(sys.path)

    def run(*args, status=0):
        options = ["--log-dir", str(tmp_path / "logs"), "--every", "4"]
        assert main(["run", *options, str(script), *args]) == status
        assert (keras.Model.fit, sys.argv, sys.path) == before
        return tmp_path / "logs"

    return run


def test_run_watches_every_fit_of_a_script(watched, capsys):
    log = pd.read_csv(watched("healthy") / "net" / "gradients.csv")
    assert log["step"].unique().tolist() == [0, 4, 8, 12]
    assert "gradwatch: net: nothing wrong in 4 samples of 4 weights" in capsys.readouterr().err


def test_run_keeps_two_models_of_one_name_apart(watched, capsys):
    directories = sorted(path.name for path in watched("healthy", "healthy").iterdir())
    assert directories == ["net", "net_2"]
    said = capsys.readouterr().err
    assert "gradwatch: net: " in said
    assert "gradwatch: net_2: " in said


@pytest.mark.filterwarnings("ignore")
def test_run_says_what_it_found(watched, capsys):
    watched("build")
    said = capsys.readouterr().err
    assert "gradwatch: net: 1 finding in 4 samples of 4 weights: missing" in said
    assert "gradwatch report" in said


def test_run_without_a_fit_says_so(watched, capsys):
    watched()
    said = capsys.readouterr().err
    assert "called no `fit`" in said
    assert "GradientWatch.watching" in said


def test_run_shows_the_frames_of_a_script_that_raises_and_no_others(watched, script, capsys):
    watched("healthy", "raising", status=1)
    shown = capsys.readouterr().err
    assert "KeyError: 'my own mistake'" in shown
    assert shown.count("  File ") == shown.count(f'  File "{script}"') == 2
    assert "gradwatch: net: nothing wrong" in shown


def test_run_of_a_step_that_raises_does_not_call_it_healthy(tmp_path, capsys):
    script = tmp_path / "breaks.py"
    script.write_text(BREAKS)
    assert main(["run", "--log-dir", str(tmp_path / "logs"), str(script)]) == 1
    shown = capsys.readouterr().err
    assert "in the forward pass" in shown
    assert "cli" + os.sep not in shown
    assert "observed_call" not in shown
    assert "breaks: no batch has been sampled yet" in shown
    assert "nothing wrong" not in shown


def test_run_keeps_no_model_alive(tmp_path, capsys):
    script = tmp_path / "many.py"
    script.write_text(MANY)
    assert main(["run", "--log-dir", str(tmp_path / "logs"), str(script)]) == 0
    assert "alive: 0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("imports", "said"), [("import tf_keras", "trains with `tf_keras`"), ("", "called no `fit`")]
)
def test_run_says_that_keras_2_is_not_watched(tmp_path, capsys, monkeypatch, imports, said):
    (tmp_path / "tf_keras.py").write_text("")
    script = tmp_path / "old.py"
    script.write_text(imports)
    assert main(["run", str(script)]) == 0
    sys.modules.pop("tf_keras", None)
    assert said in capsys.readouterr().err


def test_check_of_a_healthy_model(script, capsys):
    assert main(["check", f"{script}:healthy"]) == 0
    assert capsys.readouterr().out.strip()


def test_check_names_the_line_of_an_ill_model(script, capsys):
    assert main(["check", f"{script}:build"]) == 1
    assert "train.py:9" in capsys.readouterr().out


def test_check_as_json(script, capsys):
    assert main(["check", "--json", f"{script}:build"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["healthy"] is False
    assert answer["findings"][0]["location"]["line"] == 9


@pytest.mark.parametrize(
    ("name", "status", "verdict", "error"),
    [
        ("healthy", 0, "healthy", None),
        ("raising", 2, "inconclusive", "KeyError: 'my own mistake'"),
        ("lost", 2, "inconclusive", None),
    ],
)
def test_check_prints_json_and_nothing_else(script, capsys, name, status, verdict, error):
    assert main(["check", "--json", f"{script}:{name}"]) == status
    said = capsys.readouterr()
    answer = json.loads(said.out)
    assert answer["verdict"] == verdict
    assert error is None or answer["error"] == error
    assert name == "lost" or "printed by the script" in said.err


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("train.py", "must be SCRIPT:BUILD"),
        ("{script}:lost", "must define the function `lost`"),
        ("{script}:nothing", "must return (model, x)"),
        ("no_such_file.py:build", "No such file"),
    ],
)
def test_check_says_what_it_cannot_do(script, capsys, target, said):
    assert main(["check", target.format(script=script)]) == 2
    assert said in capsys.readouterr().err


def test_check_of_what_cannot_be_judged_is_neither_healthy_nor_ill(script, capsys, monkeypatch):
    diagnosis = Diagnosis([], {"net/kernel": "was not looked at"})
    monkeypatch.setattr(
        keras_gradwatch, "diagnose", lambda *args, numeric: diagnosis, raising=False
    )
    assert main(["check", "--json", f"{script}:healthy"]) == 2
    assert json.loads(capsys.readouterr().out)["verdict"] == "inconclusive"


@pytest.mark.parametrize(("name", "said"), [("raising", "my own mistake"), ("leaving", "Exit: 0")])
def test_check_shows_what_the_builder_raised_and_where(script, capsys, name, said):
    assert main(["check", f"{script}:{name}"]) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert f'File "{script}", line' in shown
    assert "runpy" not in shown
    assert "check.py" not in shown


@pytest.mark.parametrize("options", [[], ["--numeric"]])
def test_check_passes_numeric_on(script, monkeypatch, options):
    asked = []
    real = keras_gradwatch.diagnose
    monkeypatch.setattr(
        keras_gradwatch,
        "diagnose",
        lambda *args, numeric: asked.append(numeric) or real(*args),
        raising=False,
    )
    main(["check", *options, f"{script}:healthy"])
    assert asked == [bool(options)]


def test_run_of_no_file_is_one_line(capsys):
    assert main(["run", "nosuch.py"]) == 2
    said = capsys.readouterr().err
    assert said == f"gradwatch run: No such file: 'nosuch.py' in {os.getcwd()}\n"


def test_version_says_what_a_bug_report_needs(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    said = capsys.readouterr().out
    for expected in ("keras_gradwatch ", keras.__version__, keras.config.backend()):
        assert expected in said
    assert f"python           {platform.python_version()}\n" in said
    assert platform.platform() in said


def test_the_package_is_a_command():
    command = [sys.executable, "-m", "keras_gradwatch", "--help"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.startswith("usage: gradwatch")


CHOOSES = """
import os

os.environ["KERAS_BACKEND"] = "{backend}"

import keras

print("backend", keras.config.backend(), keras.Model.fit.__code__.co_filename)


def build():
    raise SystemExit(keras.config.backend())
"""


@pytest.mark.parametrize("command", ["run", pytest.param("check", marks=pytest.mark.slow)])
def test_a_script_chooses_its_backend(tmp_path, command):
    script = tmp_path / "chooses.py"
    backend = keras.config.backend()
    script.write_text(CHOOSES.replace("{backend}", backend))
    target = str(script) if command == "run" else f"{script}:build"
    words = [sys.executable, "-m", "keras_gradwatch", command, target]
    # An import of Keras before the script would fail.
    before = os.environ | {"KERAS_BACKEND": "no_such_backend"}
    run = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, env=before)
    assert f"backend {backend}" in run.stdout, run.stderr
    if command == "run":
        assert os.path.join("cli", "run.py") in run.stdout


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "\x00\x01"])
def test_report_of_an_empty_or_foreign_file_is_one_line(tmp_path, capsys, content):
    log = tmp_path / "foreign.csv"
    log.write_text(content)
    assert main(["report", str(log), "-o", str(tmp_path / "page.html")]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"gradwatch report: '{log}' is not a log of GradientWatch: ")
    assert said.count("\n") == 1


def test_report_writes_a_page(tmp_path, capsys):
    gradient_logs.write_table(tmp_path / "gradients.csv")
    page = tmp_path / "page.html"
    assert main(["report", str(tmp_path / "gradients.csv"), "-o", str(page)]) == 0
    assert str(page) in capsys.readouterr().out
    assert "stem/conv/kernel" in page.read_text()


def test_report_of_nothing(tmp_path, capsys):
    assert main(["report", str(tmp_path / "lost.csv")]) == 2
    assert capsys.readouterr().err.startswith("gradwatch report: ")


@pytest.mark.parametrize("command", [[], ["report"], ["run"], ["check"]])
def test_help_reads(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([*command, "--help"])
    assert stopped.value.code == 0
    assert "usage: gradwatch" in capsys.readouterr().out
