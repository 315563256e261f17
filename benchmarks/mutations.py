"""Forty faults, put into the code one at a time: do the quick tests fail?

    python -m benchmarks.mutations            # All of them.
    python -m benchmarks.mutations zero blame # Those of files with one of these words.

Each fault is one text in the place of another, in a copy of the repository; the tests of that
part of the package run on the copy. A fault that no test sees has survived.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parents[1]

RULES = [
    "tests/test_rules.py",
    "tests/test_rules_dynamics.py",
    "tests/test_rules_borders.py",
    "tests/test_window.py",
]
TRACKER = ["tests/test_tracker.py", "tests/test_rules_borders.py"]
STATISTICS = ["tests/backends/test_tensorflow_statistics.py", "tests/test_histogram.py"]
PIPELINE = ["tests/test_outputs.py", "tests/test_watch_statistics.py", "tests/test_loop.py"]
DIAGNOSIS = ["tests/diagnosis/test_blame_borders.py", "tests/diagnosis/test_cases.py"]

MUTATIONS = [
    # Rules.
    ("rules/missing.py", "streak > 0", "streak > 1", RULES),
    ("rules/zero.py", "np.where(was_alive, enough, patience)", "patience", RULES),
    ("rules/zero.py", "was_alive = window.alive() > 0", "was_alive = window.alive() > 1", RULES),
    ("rules/zero.py", "learns and not kernels", "learns and kernels", RULES),
    ("rules/dead_channels.py", '(record["dead_fraction"] < 1)', "True", RULES),
    ("rules/dead_channels.py", "samples >= patience", "samples > patience", RULES),
    ("rules/dead_channels.py", " >= chance and not learns(window)", " >= chance", RULES),
    ("rules/non_finite.py", "window.skipped >= skips", "window.skipped > skips", RULES),
    ("rules/non_finite.py", "not window.loss_was_lost or", "", RULES),
    ("rules/vanishing.py", "(ratio < limit).all(axis=0)", "(ratio < limit).any(axis=0)", RULES),
    ("rules/vanishing.py", " & ~is_growing", "", RULES),
    ("rules/exploding.py", "window.progress > -worse", "window.progress > worse", RULES),
    ("rules/exploding.py", "(ratio > growth).all(axis=0)", "ratio[-1] > growth", RULES),
    ("rules/creeping.py", "shares[-1] > GROWS * shares[0]", "False", RULES),
    ("rules/saturated.py", " & _is_gone_once(norms)", "", RULES),
    ("rules/standing_still.py", "left &= ~holds", "pass", RULES),
    ("rules/penalty_only.py", "learns(window) or len(sizes)", "len(sizes)", RULES),
    ("rules/scale.py", "[:, -2:-1]", "[:, -1:]", RULES),
    # The window of records, and the findings that stand.
    (
        "monitor/window.py",
        'else float("nan")\n                self.largest_reach = 0.0',
        'else float("nan")',
        RULES,
    ),
    (
        "monitor/window.py",
        "np.where(goes_on, streaks[self._rows] + length, length)",
        "streaks[self._rows] + length",
        RULES,
    ),
    ("monitor/window.py", "and not r.skipped", "", RULES),
    ("monitor/tracker.py", "alert.stands = False", "pass", TRACKER),
    ("monitor/tracker.py", "_is_louder(finding, alert.reported)", "False", TRACKER),
    ("monitor/tracker.py", "alert.reported.symptom in known", "False", TRACKER),
    # The way of a sample.
    (
        "monitor/decoding.py",
        "np.where(weight == 0, np.nan, update / weight)",
        "update / weight",
        PIPELINE,
    ),
    (
        "monitor/decoding.py",
        "counts[:, histogram.OCTAVES] +=",
        "counts[:, histogram.OCTAVES] +=0*",
        PIPELINE,
    ),
    ("monitor/pipeline.py", "if self._reported != self._tracker.findings:", "if False:", PIPELINE),
    (
        "monitor/pipeline.py",
        "samples = [self._waiting.popleft()",
        "samples = [self._waiting.pop()",
        PIPELINE,
    ),
    ("outputs/thinning.py", "number % stride == 0", "number % stride == 1", PIPELINE),
    (
        "outputs/older_log.py",
        "int(number) >= step",
        "int(number) > step",
        ["tests/test_runs_that_go_on.py"],
    ),
    # Statistics in the step.
    ("backends/tensorflow/measure.py", "tf.maximum(highest, -lowest)", "highest", STATISTICS),
    (
        "backends/tensorflow/measure.py",
        'tf.math.is_finite(fast["norm"]) & ~is_tiny',
        "~is_tiny",
        STATISTICS,
    ),
    ("backends/tensorflow/measure.py", "squares - size * tf.square(mean)", "squares", STATISTICS),
    (
        "step/histogram.py",
        "octaves[:, 1, ::-1], zeros, octaves[:, 0]",
        "octaves[:, 0, ::-1], zeros, octaves[:, 1]",
        STATISTICS,
    ),
    # Diagnosis.
    (
        "diagnosis/blame.py",
        'np.max(values) <= 0 else "saturated"',
        'np.min(values) <= 0 else "saturated"',
        DIAGNOSIS,
    ),
    ("diagnosis/blame.py", 'if cause == "non-differentiable":', "if False:", DIAGNOSIS),
    ("diagnosis/blame.py", "if loss is None or not loss.on_tape:", "if False:", DIAGNOSIS),
    ("diagnosis/search.py", "origin if arrives else None", "None", DIAGNOSIS),
    ("diagnosis/search.py", 'found.heals or found.cause == "unknown"', "False", DIAGNOSIS),
    ("diagnosis/search.py", "2 * dead >= channels", "True", DIAGNOSIS),
]


def copy_of_the_repository(folder: pathlib.Path) -> pathlib.Path:
    """Copies what the tests need; what is ignored, such as environments, stays."""
    for name in ("keras_gradwatch", "tests", "examples", "benchmarks", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.cfg", "README.md"):
        shutil.copy(ROOT / name, folder)
    return folder


def outcome(folder: pathlib.Path, file: str, old: str, new: str, tests: list[str]) -> str:
    """What the tests say of one fault: killed, survived, or gone where its text is not there.

    Args:
        folder: The copy of the repository.
        file: The file, in the package.
        old: A text that occurs in it once.
        new: What takes its place.
        tests: The files of tests that run.
    """
    path = folder / "keras_gradwatch" / file
    text = path.read_text()
    if text.count(old) != 1:
        return "gone"
    path.write_text(text.replace(old, new))
    try:
        command = [sys.executable, "-m", "pytest", "-n", "0", "-q", "-x", *tests]
        environment = {**os.environ, "PYTHONPATH": str(folder)}
        run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    finally:
        path.write_text(text)
    return "killed" if run.returncode == 1 else "survived" if run.returncode == 0 else "broken"


def main(words: list[str]) -> None:
    """Puts in each fault whose file has one of the words, and prints what became of it."""
    chosen = [one for one in MUTATIONS if not words or any(word in one[0] for word in words)]
    counts: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        copy = copy_of_the_repository(pathlib.Path(folder))
        for file, old, new, tests in chosen:
            began = time.monotonic()
            found = outcome(copy, file, old, new, tests)
            counts[found] = counts.get(found, 0) + 1
            seconds = time.monotonic() - began
            print(f"{found:9}{seconds:5.0f} s  {file}: {old!r} -> {new!r}", flush=True)
    print(", ".join(f"{count} {name}" for name, count in counts.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
