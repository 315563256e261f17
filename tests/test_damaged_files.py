"""A log that is cut, flipped or made by an enemy is read as far as it goes, or refused in words."""

import contextlib
import pathlib
import struct
import tempfile

import gradient_logs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

from keras_gradwatch.views.plot import frame_of
from keras_gradwatch.views.report import report
from keras_gradwatch.views.tensorboard_plugin.event_files import read_run

STEPS = range(0, 30, 10)
SOME = settings(max_examples=60, deadline=2000, derandomize=True)  # A hang is an error.
PLACES = st.floats(0, 1, exclude_max=True)
DAMAGES = st.one_of(
    st.tuples(st.just("cut"), PLACES, st.just(0)),
    st.tuples(st.just("flip"), PLACES, st.integers(0, 7)),
    st.tuples(st.just("fill"), PLACES, st.sampled_from([0, 0x7F, 0xFF])),
    st.tuples(st.just("double"), PLACES, st.just(0)),
)


def damaged(content, damages):
    content = bytearray(content)
    for kind, place, number in damages:
        at = int(place * len(content))
        if kind == "cut":
            del content[at:]
        elif kind == "flip" and content:
            content[at] ^= 1 << number
        elif kind == "fill":
            content[at : at + 8] = bytes([number]) * 8
        else:
            content[at:at] = content[at : at + 64]
    return bytes(content)


def framed(*payloads):
    """A file of records with the right checksums, whatever is in them."""

    def record(payload):
        length = struct.pack("<Q", len(payload))
        sums = [struct.pack("<I", masked_crc32c(part)) for part in (length, payload)]
        return length + sums[0] + payload + sums[1]

    return b"".join(map(record, payloads))


def written():
    """The bytes of an event file, the payloads of its records, and the bytes of a CSV log."""
    with tempfile.TemporaryDirectory() as folder:
        gradient_logs.write_run(folder, STEPS)
        (path,) = pathlib.Path(folder).iterdir()
        content, payloads, rest = path.read_bytes(), [], path.read_bytes()
        while rest:
            (length,) = struct.unpack("<Q", rest[:8])
            payloads.append(rest[12 : 12 + length])
            rest = rest[16 + length :]
        gradient_logs.write_table(f"{folder}/log.csv", STEPS)
        return content, payloads, pathlib.Path(folder, "log.csv").read_bytes()


EVENTS, PAYLOADS, TABLE = written()


def read_events(content):
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "events.out.tfevents.1").write_bytes(content)
        with contextlib.suppress(ValueError):
            return read_run(pathlib.Path(folder))


@SOME
@given(st.lists(DAMAGES, min_size=1, max_size=3))
def test_any_damage_to_an_event_file(damages):
    series = read_events(damaged(EVENTS, damages))
    assert series is None or len(series.steps) <= len(STEPS)


@SOME
@given(st.integers(1, len(PAYLOADS) - 1), st.lists(DAMAGES, min_size=1, max_size=3))
def test_any_damage_inside_of_a_record(number, damages):
    payloads = list(PAYLOADS)
    payloads[number] = damaged(payloads[number], damages)
    read_events(framed(*payloads))


def with_sizes(*sizes):
    """The records, of which one has a tensor of these sizes."""
    event = Event.FromString(PAYLOADS[1])
    tensor = event.summary.value[0].tensor
    del tensor.tensor_shape.dim[:]
    for size in sizes:
        tensor.tensor_shape.dim.add().size = size
    tensor.tensor_content, tensor.float_val[:] = b"", [1.0]
    return framed(PAYLOADS[0], event.SerializeToString(), *PAYLOADS[2:])


@pytest.mark.parametrize("sizes", [(2**40,), (2**31, 2**31), (-1,), (5, 2**45), (0,)])
def test_a_tensor_of_a_huge_size_is_refused(sizes):
    assert read_events(with_sizes(*sizes)) is None


@pytest.mark.parametrize("length", [2**63, 2**62, 2**40])
def test_a_record_of_a_huge_size_is_the_end_of_the_file(length):
    head = struct.pack("<Q", length)
    content = EVENTS + head + struct.pack("<I", masked_crc32c(head)) + b"rest"
    assert read_events(content).steps == list(STEPS)


@SOME
@example([("fill", 0.9, 0xFF)])
@given(st.lists(DAMAGES, min_size=1, max_size=3))
def test_any_damage_to_a_csv_log(damages):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "log.csv")
        path.write_bytes(damaged(TABLE, damages))
        for read in (frame_of, lambda path: report(path, f"{folder}/report.html")):
            with contextlib.suppress(ValueError):
                read(path)
