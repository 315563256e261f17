"""Trains a model on eight simulated devices, plain and watched, and leaves what XLA compiled.

Called as `python sharded.py data|model FOLDER`; prints the statistics of the last sample as JSON.
What XLA is to simulate, and to write, stands in the environment.
"""

import json
import sys

import keras
import numpy as np
from keras import distribution as dist

from keras_gradwatch import GradientWatch

KIND, FOLDER = sys.argv[1:]


def distribution():
    devices = dist.list_devices()
    if KIND == "data":
        return dist.DataParallel(devices=devices)
    mesh = dist.DeviceMesh((2, 4), ("batch", "model"), devices)
    layout = dist.LayoutMap(mesh)
    layout[".*wide.*kernel"] = (None, "model")
    layout[".*wide.*bias"] = ("model",)
    layout[".*narrow.*kernel"] = ("model", None)
    return dist.ModelParallel(layout_map=layout, batch_dim_name="batch")


def train(callbacks):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((32,)),
            keras.layers.Dense(512, "relu", name="wide"),
            keras.layers.Dense(64, name="narrow"),
            keras.layers.Dense(1, name="last"),
        ]
    )
    model.compile("adam", "mse")
    x = np.random.default_rng(0).normal(size=(64, 32)).astype("float32")
    model.fit(x, x[:, :1], batch_size=16, shuffle=False, verbose=0, callbacks=callbacks)
    return [np.asarray(weight).tobytes() for weight in model.get_weights()]


dist.set_distribution(distribution())
watch = GradientWatch(FOLDER, every=1, rules=[], explain=False)
is_same = train([]) == train([watch])
table = watch.to_pandas()
numbers = table[table.step == table.step.max()].set_index("weight")[["norm", "zero_fraction"]]
print(json.dumps({"is_same": is_same, "statistics": numbers.to_dict("index")}))
