"""Trains watched models and kills them: `python tests/killing.py TRIES` prints what was left.

A try is one line of JSON: how many batches had ended a second before, and which steps the CSV log
and the event file still hold. Keras is imported once; each training runs in a fork of this process.
"""

import json
import mmap
import os
import pathlib
import random
import signal
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import pandas as pd
from tensorboard.backend.event_processing import event_file_loader

from keras_gradwatch import GradientWatch

WEIGHTS = 12
MOST_SECONDS = 120


class Progress(keras.callbacks.Callback):
    """Counts the batches that have ended, in memory that outlives the process."""

    def __init__(self, memory):
        super().__init__()
        self.memory = memory

    def on_train_batch_end(self, batch, logs=None):
        self.memory[:8] = (batch + 1).to_bytes(8)


def train(directory, memory):
    """Trains until someone ends it."""
    layers = [keras.layers.Dense(4, activation="tanh") for _ in range(WEIGHTS // 2)]
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.compile("sgd", "mse")
    x = np.ones((4_000_000, 4), "float32")
    watch = GradientWatch(directory, csv=directory / "log.csv", every=1)
    model.fit(x, x, batch_size=4, shuffle=False, verbose=0, callbacks=[watch, Progress(memory)])


def one_try(directory):
    """Forks a training and kills it at a random moment after its first steps."""
    memory = mmap.mmap(-1, 8)
    child = os.fork()
    if child == 0:
        train(directory, memory)
    limit = time.monotonic() + MOST_SECONDS
    while int.from_bytes(memory[:8]) < 3 and time.monotonic() < limit:
        time.sleep(0.01)
    time.sleep(random.uniform(0, 0.5))
    ended = int.from_bytes(memory[:8])
    time.sleep(1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return {
        "ended": ended,
        "csv": steps_of_csv(directory / "log.csv"),
        "events": steps_of_events(directory / "gradients"),
    }


def steps_of_csv(path):
    """The steps that are there with a whole row for each weight."""
    table = pd.read_csv(path)
    rows = table[table.missing.isin([False, "False"])].groupby("step").size()
    return rows.index[rows == WEIGHTS].tolist()


def steps_of_events(directory):
    (path,) = directory.iterdir()
    events = event_file_loader.LegacyEventFileLoader(str(path)).Load()
    return [event.step for event in events if len(event.summary.value) > WEIGHTS]


def main():
    for _ in range(int(sys.argv[1])):
        with tempfile.TemporaryDirectory() as directory:
            print(json.dumps(one_try(pathlib.Path(directory))), flush=True)


if __name__ == "__main__":
    main()
