"""Real faults: what was written stays readable, and the training goes on."""

import errno
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import traceback

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers
from tensorboard.backend.event_processing import event_file_loader

import keras_gradwatch
from keras_gradwatch import Finding, GradientWatch, Output
from keras_gradwatch.monitor import pipeline
from keras_gradwatch.monitor.worker import Worker
from keras_gradwatch.outputs.appending import AppendedFile

KILLING = pathlib.Path(__file__).with_name("killing.py")
FULL_DISK = pathlib.Path(__file__).with_name("full_disk.py")
OURS = os.path.dirname(keras_gradwatch.__file__)


PATIENCE = 200
"""Seconds; who waits longer than that on a machine that is busy, waits for ever."""


@pytest.fixture(autouse=True)
def _alarm():
    def too_late(*_):
        raise TimeoutError("this waits for ever")

    before = signal.signal(signal.SIGALRM, too_late)
    signal.alarm(PATIENCE)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


class At(keras.callbacks.Callback):
    """Does something before one batch."""

    def __init__(self, batch, action):
        super().__init__()
        self.batch = batch
        self.action = action

    def on_train_batch_begin(self, batch, logs=None):
        if batch == self.batch:
            self.action()


def train(*callbacks, epochs=1, run_eagerly=True):
    """Five batches an epoch; all values that the training left behind."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [keras.Input((8,)), layers.Dense(4), layers.Dropout(0.3), layers.Dense(3)]
    )
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse", run_eagerly=run_eagerly)
    x = np.random.default_rng(0).normal(size=(70, 8)).astype("float32")
    model.fit(x, x[:, :3], batch_size=16, epochs=epochs, verbose=0, callbacks=list(callbacks))
    return [variable.numpy() for variable in (*model.variables, *model.optimizer.variables)]


@pytest.fixture(scope="module")
def plain():
    return train()


def assert_same(values, others):
    for one, other in zip(values, others, strict=True):
        np.testing.assert_array_equal(one, other)


def watching(directory, **arguments):
    return GradientWatch(directory, csv=directory / "log.csv", every=1, **arguments)


def steps_of(table):
    return table.step.unique().tolist()


def steps_of_events(directory):
    for path in sorted((directory / "gradients").iterdir()):
        for event in event_file_loader.LegacyEventFileLoader(str(path)).Load():
            if len(event.summary.value) > 2:
                yield event.step


# The process is killed.


@pytest.mark.slow
def test_kill_in_the_middle_loses_no_sample_that_is_a_second_old():
    result = subprocess.run(
        [sys.executable, KILLING, "3"], capture_output=True, text=True, timeout=300, check=True
    )
    tries = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(tries) == 3
    for found in tries:
        needed = list(range(found["ended"]))
        assert needed
        assert found["csv"][: len(needed)] == needed
        assert found["events"][: len(needed)] == needed


# The files go away under the training.


@pytest.mark.slow
def test_full_disk_keeps_whole_samples(tmp_path):
    """What was written of a sample for which there is no room is taken back."""
    result = subprocess.run(
        [sys.executable, FULL_DISK, tmp_path], capture_output=True, text=True, check=True
    )
    found = json.loads(result.stdout.splitlines()[-1])
    assert sorted(text[:30] for text in found["said"]) == [
        "GradientWatch turns off the CS",
        "GradientWatch turns off the Te",
        "GradientWatch turns off the ta",
    ]
    table = pd.read_csv(tmp_path / "log.csv")
    assert steps_of(table) in ([0, 1], [0])
    assert not table.norm.isna().any()
    assert found["kept"] == steps_of(table)
    assert list(steps_of_events(tmp_path))[:1] == [0]


def test_directory_removed_during_training(tmp_path, plain):
    directory = tmp_path / "logs"
    watch = watching(directory)
    with pytest.warns(UserWarning, match="turns off") as caught:
        assert_same(train(watch, At(2, lambda: shutil.rmtree(directory))), plain)
    assert len(caught) == 2
    assert "No such file" in str(caught[0].message)
    assert steps_of(watch.to_pandas()) == [0, 1, 2, 3, 4]
    assert not directory.exists()


def test_another_file_in_the_place_of_the_log(tmp_path, plain):
    path = tmp_path / "log.csv"

    def replace():
        theirs = tmp_path / "theirs.csv"
        theirs.write_text("theirs")
        theirs.replace(path)

    watch = GradientWatch(csv=path, every=1)
    with pytest.warns(UserWarning, match="another file has taken its place"):
        assert_same(train(watch, At(2, replace)), plain)
    assert path.read_text() == "theirs"


def test_a_file_that_is_no_log_is_not_written_over(tmp_path, plain):
    path = tmp_path / "data.csv"
    path.write_text("name,price\napple,3\n")
    with pytest.warns(UserWarning, match="it is not a log of gradients"):
        assert_same(train(GradientWatch(csv=path, every=1)), plain)
    assert path.read_text() == "name,price\napple,3\n"


OTHER_PROCESS = """
import os, sys
from keras_gradwatch.outputs.appending import AppendedFile

path = sys.argv[1]
try:
    file = AppendedFile(path, os.path.getsize(path))
except BlockingIOError:
    sys.exit(1)
print("locked", flush=True)
sys.stdin.read()
"""


def test_a_log_that_another_process_writes_is_left_to_it(tmp_path, plain):
    path = tmp_path / "log.csv"
    train(GradientWatch(csv=path, every=2))
    before = path.read_bytes()
    other = subprocess.Popen(
        [sys.executable, "-c", OTHER_PROCESS, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with other:
        assert other.stdout.readline() == "locked\n"
        watch = GradientWatch(csv=path, every=1)
        with pytest.warns(UserWarning, match="another process writes to it") as caught:
            assert_same(train(watch), plain)
        other.stdin.close()
    assert len(caught) == 1
    assert path.read_bytes() == before
    assert steps_of(watch.to_pandas()) == [0, 1, 2, 3, 4]


def test_the_log_stays_claimed_after_it_was_read(tmp_path):
    """Some locks of a process end when it closes the file, by whatever name it opened it."""
    path = tmp_path / "log.csv"
    found = []

    def ask():
        result = subprocess.run([sys.executable, "-c", OTHER_PROCESS, path], check=False, input="")
        found.append(result.returncode)

    watch = watching(tmp_path)
    written = At(2, lambda: watch.findings)  # It waits for what was sampled.
    train(watch, At(1, lambda: pd.read_csv(path)), written, At(3, ask))
    assert found == [1]


def test_a_fit_that_was_interrupted_does_not_keep_the_next_one_from_the_log(tmp_path, plain):
    def interrupt():
        raise KeyboardInterrupt

    path = tmp_path / "log.csv"
    interrupted = GradientWatch(csv=path, every=1)  # A notebook keeps it alive.
    with pytest.raises(KeyboardInterrupt):
        train(interrupted, At(3, interrupt))
    assert steps_of(interrupted.to_pandas()) == [0, 1, 2]  # It waits for what was sampled.
    watch = GradientWatch(csv=path, every=1)
    assert_same(train(watch), plain)
    assert steps_of(pd.read_csv(path)) == steps_of(watch.to_pandas()) == [0, 1, 2, 3, 4]


def test_a_log_is_written_where_there_are_no_locks(tmp_path, plain, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    assert_same(train(watching(tmp_path)), plain)
    assert steps_of(pd.read_csv(tmp_path / "log.csv")) == [0, 1, 2, 3, 4]


# The file system hangs.


class Hanging(Output):
    """Does not come back from one of its methods."""

    def __init__(self, method, released):
        self.method = method
        setattr(self, method, lambda *args: released.wait())

    def write(self, record):
        pass

    def __str__(self):
        return f"what hangs in {self.method}"


def test_what_hangs_is_left_behind_and_said_so_once(tmp_path, plain, monkeypatch):
    def finds(window):
        yield Finding("zero", severity="info", message="so that there is a report")

    monkeypatch.setattr("keras_gradwatch.monitor.worker.LIMIT", 1.0)
    released, methods = threading.Event(), ("describe", "write", "report", "close")
    outputs = [Hanging(method, released) for method in methods]
    watch = watching(tmp_path, rules=[finds], outputs=outputs)
    with pytest.warns(UserWarning, match="turns off what hangs") as caught:
        assert_same(train(watch, epochs=1), plain)
    said = [str(warning.message) for warning in caught]
    for method in methods:
        (one,) = [text for text in said if f"hangs in {method} " in text]
        assert one.endswith("after NoAnswer: nothing was heard for 1 s")
    assert len(said) == len(methods)
    assert steps_of(pd.read_csv(tmp_path / "log.csv")) == [0, 1, 2, 3, 4]
    assert list(steps_of_events(tmp_path)) == [0, 1, 2, 3, 4]
    released.set()


def test_a_log_that_hangs_leaves_the_table(tmp_path, plain, monkeypatch):
    monkeypatch.setattr("keras_gradwatch.monitor.worker.LIMIT", 1.0)
    released, append = threading.Event(), AppendedFile.append

    def hanging(file, piece):
        return released.wait() if file.path.startswith(str(tmp_path)) else append(file, piece)

    monkeypatch.setattr(AppendedFile, "append", hanging)
    watch = GradientWatch(csv=tmp_path / "log.csv", every=1)
    with pytest.warns(UserWarning, match="turns off the CSV log .* after NoAnswer") as caught:
        assert_same(train(watch), plain)
    assert len(caught) == 1
    assert steps_of(watch.to_pandas()) == [0, 1, 2, 3, 4]
    released.set()


def test_what_hangs_does_not_hold_up_the_exit_of_python():
    code = (
        "import time\n"
        "from keras_gradwatch.monitor import worker\n"
        "worker.LIMIT = 0.3\n"
        "one = worker.Worker()\n"
        "one.put(lambda: one.within_limit(lambda: time.sleep(1000)))\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE)


def test_an_output_may_look_at_the_findings_of_its_watch():
    class Curious(Output):
        def write(self, record):
            seen.append(watch.findings)

    seen = []
    watch = GradientWatch(every=1, outputs=[Curious()])
    train(watch)
    assert seen == [[]] * 5


# The thread fails.


def test_what_a_sample_throws_into_the_thread_is_said(tmp_path, plain, monkeypatch):
    decode = pipeline.decode

    def failing(samples):
        if any(sample.batch == 2 for sample in samples):
            raise SystemExit("from within")
        return decode(samples)

    monkeypatch.setattr(pipeline, "decode", failing)
    watch = watching(tmp_path)
    with pytest.warns(UserWarning, match="lost a sample after SystemExit: from within") as caught:
        assert_same(train(watch), plain)
    assert len(caught) == 1
    assert steps_of(watch.to_pandas()) == [0, 1, 3, 4]


def test_a_task_that_raises_does_not_end_the_thread():
    worker, done = Worker(), []

    def raises():
        raise SystemExit

    for task in (raises, lambda: done.append(1), raises, lambda: done.append(2)):
        worker.put(task)
    worker.flush()
    worker.close()
    assert done == [1, 2]


def test_what_was_put_is_done_when_python_exits(tmp_path):
    file = tmp_path / "done"
    code = (
        "import pathlib, sys, time\n"
        "from keras_gradwatch.monitor.worker import Worker\n"
        "worker = Worker()\n"
        "worker.put(lambda: time.sleep(0.3))\n"
        "worker.put(lambda: pathlib.Path(sys.argv[1]).touch())\n"
    )
    subprocess.run([sys.executable, "-c", code, str(file)], check=True)
    assert file.exists()


def test_without_a_thread_the_work_is_done_all_the_same(tmp_path, plain, monkeypatch):
    def cannot_start(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", cannot_start)
    watch = watching(tmp_path)
    values = train(watch)
    monkeypatch.undo()
    assert_same(values, plain)
    assert steps_of(watch.to_pandas()) == [0, 1, 2, 3, 4]


def test_a_rule_may_look_at_the_findings_of_its_watch():
    seen = []

    def curious(history):
        seen.append(watch.findings)
        return []

    watch = GradientWatch(every=1, rules=[curious])
    train(watch)
    assert seen
    assert not any(seen)


def test_no_thread_and_no_open_file_is_left(tmp_path):
    train()  # What TensorFlow opens once.
    before = len(os.listdir("/proc/self/fd"))
    watch = watching(tmp_path)
    train(watch)
    assert watch._pipeline._worker._pool is None
    assert len(os.listdir("/proc/self/fd")) == before


# The training stops in the middle.


def boom(x):
    raise RuntimeError("my own mistake")


class Raising(keras.Model):
    def train_step(self, data):
        return boom(data)


@pytest.mark.parametrize("run_eagerly", [False, True])
@pytest.mark.parametrize("explain", [False, True])
def test_an_exception_in_the_train_step_ends_at_the_users_line(run_eagerly, explain):
    x = keras.Input((8,))
    model = Raising(x, layers.Dense(3)(x))
    model.compile("adam", "mse", run_eagerly=run_eagerly)
    ones = np.ones((32, 8), "float32")
    with pytest.raises(RuntimeError, match="my own mistake") as caught:
        model.fit(ones, ones[:, :3], verbose=0, callbacks=[GradientWatch(explain=explain)])
    frames = traceback.extract_tb(caught.tb)
    assert [frame.name for frame in frames[-2:]] == ["train_step", "boom"]
    assert sum(frame.filename.startswith(OURS) for frame in frames) <= 1
    assert caught.value.__context__ is None or caught.value.__suppress_context__


class Interrupted(keras.Model):
    interrupts_at = 2

    def train_step(self, data):
        if int(self.optimizer.iterations) == self.interrupts_at:
            signal.raise_signal(signal.SIGINT)  # In this thread, now.
        return super().train_step(data)


@pytest.fixture
def _heard():
    """A shell starts what runs in the background with Ctrl-C ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_heard")
def test_control_c_within_a_step(tmp_path):
    x = keras.Input((8,))
    model = Interrupted(x, layers.Dense(3)(x))
    model.compile("adam", "mse", run_eagerly=True)
    ones = np.ones((64, 8), "float32")
    watch = watching(tmp_path, explain=False)  # A search runs the step, and counts in it.
    with pytest.raises(KeyboardInterrupt):
        model.fit(ones, ones[:, :3], batch_size=8, verbose=0, callbacks=[watch])
    assert "apply" not in vars(model.optimizer)
    assert "train_step" not in vars(model)
    assert type(model.train_function).__module__ != "keras_gradwatch.callback"
    assert steps_of(watch.to_pandas()) == [0, 1]
    assert steps_of(pd.read_csv(tmp_path / "log.csv")) == [0, 1]
    assert list(steps_of_events(tmp_path)) == [0, 1]
    model.interrupts_at = None
    model.fit(ones, ones[:, :3], batch_size=8, verbose=0, callbacks=[watch])
    assert steps_of(watch.to_pandas())[:3] == [0, 1, 2]


class Stops(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = batch == 1


@pytest.mark.parametrize("is_first", [True, False])
def test_another_callback_stops_the_training(tmp_path, is_first):
    watch = watching(tmp_path)
    stopped = train(*([Stops(), watch] if is_first else [watch, Stops()]))
    assert_same(stopped, train(Stops()))
    assert steps_of(watch.to_pandas()) == [0, 1]
    assert list(steps_of_events(tmp_path)) == [0, 1]


@pytest.mark.filterwarnings("ignore::keras_gradwatch.GradientWarning")
def test_nan_from_the_first_step(tmp_path):
    def fit(*callbacks):
        keras.utils.set_random_seed(3)
        model = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dense(1)])
        model.compile("adam", "mse")
        x = np.full((32, 4), np.nan, "float32")
        model.fit(x, x[:, :1], batch_size=8, verbose=0, callbacks=list(callbacks))
        return model.get_weights()

    watch = watching(tmp_path)
    assert_same(fit(watch), fit())
    assert {finding.symptom for finding in watch.findings} == {"non-finite"}
    table = pd.read_csv(tmp_path / "log.csv")
    assert (table.nonfinite == table["size"]).all()
    assert list(steps_of_events(tmp_path)) == [0, 1, 2, 3]


def test_a_failure_in_what_leaves_the_step(tmp_path, monkeypatch):
    def failing(*args):
        raise NotImplementedError("no such operation here")

    monkeypatch.setattr("keras_gradwatch.step.gradients.pack", failing)
    with pytest.warns(UserWarning, match="could not measure a step after NotImplementedError"):
        watched = train(watching(tmp_path), run_eagerly=False)
    assert_same(watched, train(run_eagerly=False))


# A long training.


def memory():
    """Bytes of this process in RAM."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
def test_memory_stays_flat_over_two_thousand_steps(tmp_path):
    """The short form of `python -m benchmarks.soak`."""
    x = np.random.default_rng(0).normal(size=(2000, 4)).astype("float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(4, activation="tanh")])
    model.compile("sgd", "mse")
    found = {}
    gauges = [
        At(batch, lambda batch=batch: found.update({batch: memory()})) for batch in (500, 1999)
    ]
    watch = watching(tmp_path)
    model.fit(x, x, batch_size=1, verbose=0, callbacks=[watch, *gauges])
    assert found[1999] - found[500] < 2**21
    assert len(watch.to_pandas()) == 2 * 2000
