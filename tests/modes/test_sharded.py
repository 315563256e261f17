"""On many devices the watch reduces gradients where they are: XLA's own text says so."""

import collections
import json
import math
import os
import pathlib
import re
import subprocess
import sys

import keras
import pytest

pytestmark = pytest.mark.skipif(keras.backend.backend() != "jax", reason="layouts of JAX")

PROGRAM = pathlib.Path(__file__).with_name("sharded.py")
WEIGHTS, CHANNELS = 6, 2 * (512 + 64 + 1)
BATCH = 16 * (32 + 1)


@pytest.fixture(scope="module", params=["data", "model"])
def trained(request, tmp_path_factory):
    """What the program printed, and the plain and the observed step as XLA compiled them."""
    folder = tmp_path_factory.mktemp(request.param)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "JAX_ENABLE_COMPILATION_CACHE": "false",  # What is read from there is not dumped.
        "XLA_FLAGS": "--xla_force_host_platform_device_count=8 --xla_dump_hlo_as_text "
        f"--xla_dump_hlo_module_re=jit_(train|observed)_step --xla_dump_to={folder}",
    }
    command = [sys.executable, str(PROGRAM), request.param, str(folder)]
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    steps = [compiled(folder, name) for name in ("train", "observed")]
    return json.loads(output.stdout.splitlines()[-1]), *steps


def compiled(folder, name):
    (path,) = folder.glob(f"*jit_{name}_step.cpu_after_optimizations.txt")
    return path.read_text()


def results(text, operation):
    """The number of elements of each result of an operation."""
    lines = re.findall(rf"= (.*?) {operation}\(", text)
    return [[elements(shape) for shape in re.findall(r"\w+\[([\d,]*)\]", line)] for line in lines]


def elements(shape):
    return math.prod(int(size) for size in shape.split(",") if size)


def test_the_weights_are_bit_identical_and_all_are_seen(trained):
    printed, _, _ = trained
    assert printed["is_same"]
    assert len(printed["statistics"]) == WEIGHTS
    assert all(row["norm"] > 0 for row in printed["statistics"].values())


def test_nothing_is_gathered_but_a_flag_for_each_channel(trained):
    _, plain, observed = trained
    assert results(plain, "all-gather") == []
    gathered = [size for sizes in results(observed, "all-gather") for size in sizes]
    assert all(size <= CHANNELS + 8 for size in gathered)  # Filled up to a part for each device.


def test_what_is_reduced_beside_the_gradients_is_small(trained):
    _, plain, observed = trained
    before, after = (
        collections.Counter(
            size
            for kind in ("all-reduce", "reduce-scatter", "all-to-all", "collective-permute")
            for sizes in results(text, kind)
            for size in sizes
        )
        for text in (plain, observed)
    )
    assert max(after - before, default=0) <= 512  # The counts of one histogram.


def test_what_leaves_the_step_is_as_small_as_on_one_device(trained):
    _, plain, observed = trained
    before, after = (root(text) for text in (plain, observed))
    assert 0 < sum((after - before).elements()) <= WEIGHTS * (10 + 512) + CHANNELS + BATCH + 2


def root(text):
    """How often each size is among what a step returns."""
    (entry,) = re.findall(r"\nENTRY .*?\n\}", text, re.DOTALL)
    (line,) = re.findall(r"ROOT \S+ = \((.*?)\) ", entry)
    return collections.Counter(map(elements, re.findall(r"\w+\[([\d,]*)\]", line)))
