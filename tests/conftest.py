"""Settings and small models that many tests share."""

import gc
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
if "PYTEST_XDIST_WORKER" in os.environ:
    # The workers share the cores: more threads than one would wait for each other.
    for threads in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(threads, "1")
# For `benchmarks`, which is not installed; at the end, so that an installed package stays first.
sys.path.append(str(pathlib.Path(__file__).parents[1]))

import keras
import numpy as np
import pytest

BACKEND = keras.backend.backend()

# What is about TensorFlow itself, and the tests of the diagnosis that are written in it.
ON_TENSORFLOW = (
    "broadcasts",
    "contracts",
    "creation",
    "diagnosis_harmless",
    "explain",
    "findings_text",
    "limits",
    "numeric",
)
NEEDS_TENSORFLOW = [
    *(f"diagnosis/test_{name}.py" for name in ON_TENSORFLOW),
    "test_browser.py",
    "test_examples_diagnosis.py",
    "backends/test_tensorflow_streams.py",
    "backends/test_tensorflow_statistics.py",
    "test_gradients.py",
    "test_histogram.py",
    "test_round_trips.py",
    "backends/test_tensorflow_updates.py",
    "test_watch_statistics.py",
]
collect_ignore = [] if BACKEND == "tensorflow" else NEEDS_TENSORFLOW


def pytest_report_header():
    left_out = f", which leaves out {', '.join(NEEDS_TENSORFLOW)}" if collect_ignore else ""
    return f"Keras backend: {BACKEND}{left_out}"


def pytest_configure(config):
    """Keras on JAX and torch warns of itself: its variables are older than NumPy 2."""
    if BACKEND != "tensorflow":
        for text in ("__array__ implementation", "`torch.jit.script_method` is deprecated"):
            config.addinivalue_line("filterwarnings", f"ignore:{text}:DeprecationWarning")


def pytest_collection_finish():
    """What was imported stays: the garbage collector need not look through it in each test.

    It runs seldom: tracing makes a million of objects, and each full run takes a tenth of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 10)


@pytest.fixture(autouse=True)
def _fresh_session():
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(7)


@pytest.fixture(scope="session")
def xy():
    """70 rows of 8 features and 3 classes: batches of 16 leave a rest."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(70, 8)).astype("float32"), rng.integers(0, 3, 70)
