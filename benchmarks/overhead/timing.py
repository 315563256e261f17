"""Times of `fit`, in rounds in which each row has its turn, so that noise meets all of them."""

import contextlib
import dataclasses
import os
import resource
import tempfile
import time
import warnings

import keras
import numpy as np

from benchmarks.overhead.models import MODELS
from benchmarks.overhead.rows import rows

PLANS = {
    "tiny_mlp": (1000, 9),
    "digits_cnn": (40, 15),
    "transformer": (20, 9),
    "resnet50": (10, 5),
    "2000_weights": (20, 5),
    "resnet50_224": (50, 9),
    "gpt2_small": (50, 9),
}
"""For each model the steps in a round and the rounds."""

ACCELERATED = {"resnet50_224", "gpt2_small"}
"""Models that a processor needs minutes for: timed when they are asked for."""


@dataclasses.dataclass
class Timed:
    """One row of one model.

    Args:
        seconds: Wall time a step in each round.
        cpu_seconds: Processor time a step in each round, which other programs disturb less.
        bytes_a_step: Bytes on disk for each step of `fit`.
    """

    seconds: list = dataclasses.field(default_factory=list)
    cpu_seconds: list = dataclasses.field(default_factory=list)
    bytes_a_step: float = 0.0


class Run:
    """A model with what watches it, ready to `fit`."""

    def __init__(self, model_name: str, row_name: str, directory: str):
        self.directory = directory
        keras.utils.set_random_seed(0)
        self.model, *self.batch = MODELS[model_name]()
        self.callbacks = rows()[row_name](self.model, self.batch, directory)
        self.timed = Timed()

    def fit(self, steps: int) -> None:
        """Trains on the same batch, again and again."""

        def batches():
            while True:
                yield tuple(self.batch)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Random labels: nothing is learned, and that is said.
            self.model.fit(
                batches(), steps_per_epoch=steps, verbose=0, callbacks=list(self.callbacks)
            )

    def time(self, steps: int) -> None:
        """Adds a round."""
        written, wall, cpu = self._written(), time.perf_counter(), time.process_time()
        self.fit(steps)
        self.timed.seconds.append((time.perf_counter() - wall) / steps)
        self.timed.cpu_seconds.append((time.process_time() - cpu) / steps)
        self.timed.bytes_a_step = (self._written() - written) / steps

    def _written(self):
        paths = [os.path.join(d, name) for d, _, names in os.walk(self.directory) for name in names]
        return sum(os.path.getsize(path) for path in paths)


def report_of(model_name: str, chosen: list[str] | None, is_quick: bool) -> dict:
    """Returns everything that is measured of one model; ask it in a process of its own.

    Args:
        model_name: Name in `models.MODELS`.
        chosen: Names of rows, besides plain; `None` for all.
        is_quick: Whether three rounds are enough.
    """
    steps, rounds = PLANS[model_name]
    names = [name for name in rows() if name == "plain" or chosen is None or name in chosen]
    # A row that samples more rarely than a round is long would be timed with too many samples.
    rare = ("every=100", "every=auto")
    names = [name for name in names if steps >= 100 or not any(one in name for one in rare)]
    timed = time_rows(model_name, names, steps, 3 if is_quick else rounds)
    return {
        "floor": floor_seconds(model_name),
        "rows": {name: dataclasses.asdict(row) for name, row in timed.items()},
    }


def time_rows(model_name: str, row_names, steps: int, rounds: int) -> dict[str, Timed]:
    """Times rows of one model in turn.

    Args:
        model_name: Name in `models.MODELS`.
        row_names: Names in `rows.rows()`, the first one plain.
        steps: Steps in each round.
        rounds: Number of rounds.

    Returns:
        For each row what was measured.
    """
    with contextlib.ExitStack() as stack:
        directories = [stack.enter_context(tempfile.TemporaryDirectory()) for _ in row_names]
        runs = {
            row_name: Run(model_name, row_name, directory)
            for row_name, directory in zip(row_names, directories, strict=True)
        }
        for run in runs.values():
            run.fit(1)
            run.fit(1)  # Whatever is done once and late.
        for _ in range(rounds):
            for run in runs.values():
                run.time(steps)
        return {row_name: run.timed for row_name, run in runs.items()}


def floor_seconds(model_name: str, repeats: int = 20) -> float:
    """Seconds to read all gradients of a model once: the sum of squares of arrays of their size."""
    model, *_ = MODELS[model_name]()
    gradients = [np.ones(weight.shape, "float32") for weight in model.trainable_weights]
    read = _reader([keras.ops.convert_to_tensor(gradient) for gradient in gradients])
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        float(read())
        times.append(time.perf_counter() - begin)
    return float(np.median(times))


def start_of(model_name: str, row_name: str, steps: int = 3) -> tuple[float, int]:
    """What the start of a row takes; ask it in a process of its own.

    Args:
        model_name: Name in `models.MODELS`.
        row_name: Name in `rows.rows()`.
        steps: Steps of `fit`: one that is sampled, and others.

    Returns:
        The processor seconds to their end, with all that is traced, and the peak of the memory.
    """
    with tempfile.TemporaryDirectory() as directory:
        run = Run(model_name, row_name, directory)
        begin = time.process_time()
        run.fit(steps)
        seconds = time.process_time() - begin
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _reader(gradients):
    def read():
        return sum(keras.ops.sum(keras.ops.square(gradient)) for gradient in gradients)

    if keras.backend.backend() == "jax":
        import jax

        compiled = jax.jit(lambda gs: sum(keras.ops.sum(g * g) for g in gs))
        return lambda: compiled(gradients)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.function(lambda: tf.add_n([tf.nn.l2_loss(gradient) for gradient in gradients]))
    return read
