"""A long training and many short ones, watched at every step: what grows?

    python -m benchmarks.soak [--steps 100000] [--fits 200] [--plain]

Prints the memory of the process, its threads and its open files as it goes, and what the second
half of the steps, and of the fits, has added beside the first half. What is kept for each step or
each fit adds as much in both. With `--plain` the same trainings without the watch, for what Keras
keeps itself. The backend is that of Keras.
"""

import argparse
import gc
import os
import tempfile
import threading
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np

from keras_gradwatch import GradientWatch

REPORTS = 20
SETTLED = 0.1
"""Share of a training, or of the fits, after which all buffers and windows are full."""
BATCH, STEPS_OF_EPOCH = 16, 500


class Gauge(keras.callbacks.Callback):
    """Notes, now and then, what the process holds."""

    async_safe = True

    def __init__(self, every: int):
        super().__init__()
        self.every = every
        self.steps = 0
        self.memory: list[float] = []

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        if self.steps % self.every == 0:
            note(f"{self.steps:,} steps", self.memory)


def resident_megabytes() -> float:
    """Memory of this process that is in RAM now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def note(when: str, memory: list[float]) -> None:
    """Prints what the process holds now, and keeps how much memory it is."""
    memory.append(resident_megabytes())
    files = len(os.listdir("/proc/self/fd"))
    threads = [t.name for t in threading.enumerate() if t is not threading.main_thread()]
    print(f"{when:>14}  {memory[-1]:8.1f} MB  {files:3} files  threads {threads}", flush=True)


def train(steps: int, callbacks: list, epochs: int = 1) -> None:
    """Trains a small network."""
    x = np.random.default_rng(0).normal(size=(BATCH * steps, 8)).astype("float32")
    model = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(16, activation="tanh"), keras.layers.Dense(1)]
    )
    model.compile(keras.optimizers.Adam(1e-4), "mse")
    y = x[:, :1] ** 2
    model.fit(x, y, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=callbacks)


def watching(directory: str, is_plain: bool) -> list:
    """A watch with all its files, or none."""
    csv = os.path.join(directory, "log.csv")
    return [] if is_plain else [GradientWatch(directory, csv=csv, every=1)]


def long_training(steps: int, is_plain: bool) -> list[float]:
    """The memory as the steps of one training go by."""
    gauge = Gauge(max(steps // REPORTS, 1))
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as directory:
        watches = watching(directory, is_plain)
        of_epoch = min(steps, STEPS_OF_EPOCH)
        train(of_epoch, [*watches, gauge], epochs=steps // of_epoch)
        seconds = time.perf_counter() - begin
        print(f"{seconds:.0f} s, {1e3 * seconds / steps:.2f} ms a step")
        for watch in watches:
            print(f"{len(watch.to_pandas()):,} rows, {_size(directory):,.0f} MB on disk")
    return gauge.memory


def many_trainings(fits: int, is_plain: bool) -> list[float]:
    """The memory as one model after the other is trained, as a tuner does it."""
    memory: list[float] = []
    for fit in range(1, fits + 1):
        with tempfile.TemporaryDirectory() as directory:
            train(5, watching(directory, is_plain))
        keras.utils.clear_session(free_memory=False)
        if fit % max(fits // REPORTS, 1) == 0:
            gc.collect()
            note(f"{fit:,} fits", memory)
    return memory


def conclude(memory: list[float]) -> None:
    """Prints what the second half has added beside the first, once all is settled."""
    memory = memory[int(SETTLED * len(memory)) :]
    if len(memory) < 3:
        return
    middle = memory[len(memory) // 2]
    first, second = middle - memory[0], memory[-1] - middle
    print(f"grown by {first:.1f} MB in the first half and by {second:.1f} MB in the second")


def _size(directory) -> float:
    files = [os.path.join(place, name) for place, _, names in os.walk(directory) for name in names]
    return sum(os.path.getsize(file) for file in files) / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=100_000, help="0 for no long training")
    parser.add_argument("--fits", type=int, default=200, help="0 for no short ones")
    parser.add_argument("--plain", action="store_true", help="without the watch")
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)
    print(f"backend {keras.backend.backend()}")
    if arguments.steps:
        conclude(long_training(arguments.steps, arguments.plain))
    if arguments.fits:
        conclude(many_trainings(arguments.fits, arguments.plain))


if __name__ == "__main__":
    main()
