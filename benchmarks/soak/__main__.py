"""A long training, watched at every step: what grows with the number of steps?

    python -m benchmarks.soak [--steps 100000] [--plain]

Prints the memory of the process, its threads and its open files as the steps go by, and what is
left of them after `fit`. Takes some minutes. With `--plain` the same training without the watch.
"""

import argparse
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
SETTLED = 5_000
"""Steps after which the memory must not grow: by then all buffers and windows are full."""


class Gauge(keras.callbacks.Callback):
    """Prints, now and then, what the process holds."""

    async_safe = True

    def __init__(self, every: int):
        super().__init__()
        self.every = every
        self.memory: dict[int, float] = {}

    def on_train_batch_end(self, batch, logs=None):
        if (batch + 1) % self.every == 0:
            self.memory[batch + 1] = resident_megabytes()
            print(_line(f"{batch + 1:>7,} steps"), flush=True)


def resident_megabytes() -> float:
    """Memory of this process that is in RAM now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def train(steps: int, callbacks: list) -> None:
    """Trains a small network for a number of steps, in one epoch without end of data."""
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(256, 8)).astype("float32")
    data = tf.data.Dataset.from_tensor_slices((x, x[:, :1] ** 2)).batch(16).repeat()
    model = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(16, activation="tanh"), keras.layers.Dense(1)]
    )
    model.compile(keras.optimizers.Adam(1e-4), "mse")
    model.fit(data, steps_per_epoch=steps, epochs=1, verbose=0, callbacks=callbacks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--plain", action="store_true", help="without the watch")
    arguments = parser.parse_args()
    gauge = Gauge(max(arguments.steps // REPORTS, 1))
    print(_line("before"))
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as directory:
        watch = GradientWatch(directory, csv=os.path.join(directory, "log.csv"), every=1)
        train(arguments.steps, [gauge] if arguments.plain else [watch, gauge])
        seconds = time.perf_counter() - begin
        print(_line("after"))
        print(f"{seconds:.0f} s, {1e3 * seconds / arguments.steps:.2f} ms a step")
        if not arguments.plain:
            print(f"{len(watch.to_pandas()):,} rows, {_size(directory):,.0f} MB on disk")
    settled = [memory for step, memory in gauge.memory.items() if step >= SETTLED]
    if settled:
        print(f"grown by {settled[-1] - settled[0]:.1f} MB since step {SETTLED:,}")


def _line(when) -> str:
    files = len(os.listdir("/proc/self/fd"))
    threads = [t.name for t in threading.enumerate() if t is not threading.main_thread()]
    return f"{when:>14}  {resident_megabytes():8.1f} MB  {files:3} files  threads {threads}"


def _size(directory) -> float:
    files = [os.path.join(place, name) for place, _, names in os.walk(directory) for name in names]
    return sum(os.path.getsize(file) for file in files) / 2**20


if __name__ == "__main__":
    main()
