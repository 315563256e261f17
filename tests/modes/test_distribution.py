"""On several devices the watch changes nothing and reports the gradient that is applied."""

import json
import pathlib
import socket
import subprocess
import sys

import keras
import numpy as np
import pytest

pytestmark = [
    pytest.mark.skipif(
        keras.backend.backend() != "tensorflow", reason="`tf.distribute` is TensorFlow's"
    ),
    pytest.mark.slow,
    pytest.mark.xdist_group("distribution"),  # What two replicas train is trained once.
]

HERE = pathlib.Path(__file__).parent


def start(script, *arguments):
    command = [sys.executable, HERE / script, *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
    )


def outcome(process):
    try:
        output, errors = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    return json.loads(output.splitlines()[-1])


@pytest.fixture(scope="module")
def mirrored():
    return outcome(start("mirrored.py"))


@pytest.mark.parametrize("way", ["plain", "mixed"])
def test_training_on_two_replicas_is_bit_identical(mirrored, way):
    assert mirrored[way]["unchanged"]


@pytest.mark.parametrize(("way", "tolerance"), [("plain", 1e-4), ("mixed", 5e-3)])
def test_norms_are_those_of_one_device_on_the_whole_batch(mirrored, way, tolerance):
    np.testing.assert_allclose(mirrored[way]["norms"], mirrored[way]["expected"], rtol=tolerance)


def test_the_guard_takes_the_update_back_on_each_replica(mirrored):
    assert mirrored["guard"] == {"finite": True, "steps": 1}


def test_the_cause_is_searched_for_on_one_part_of_the_batch(mirrored):
    line = 'return keras.ops.cast(keras.ops.matmul(x, self.kernel) > 0, "float32")'
    expected = {"unchanged": True, "cause": "non-differentiable", "line": line}
    assert mirrored["explained"] == expected


def free_addresses(count):
    sockets = [socket.create_server(("localhost", 0)) for _ in range(count)]
    addresses = [f"localhost:{opened.getsockname()[1]}" for opened in sockets]
    for opened in sockets:
        opened.close()
    return addresses


def test_of_two_workers_only_the_chief_writes(tmp_path):
    addresses = free_addresses(2)
    workers = [start("two_workers.py", rank, tmp_path, *addresses) for rank in range(2)]
    for result in map(outcome, workers):
        assert result["unchanged"]
        np.testing.assert_allclose(result["norms"], result["expected"], rtol=1e-4)
    assert [path.name for path in tmp_path.iterdir()] == ["0"]
    written = {path.name for path in (tmp_path / "0").iterdir()}
    assert written - {".gradients.csv.lock"} == {"gradients", "gradients.csv"}
