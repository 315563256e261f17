"""Trains on two replicas, with and without the watch, and prints what came out as JSON.

A process of its own: the number of devices is settled before TensorFlow starts.
"""

import functools
import json

import keras
import numpy as np
import reference
import tensorflow as tf
import ways

from keras_gradwatch import GradientWatch

ROWS, BATCH = 64, 16


def data():
    rng = np.random.default_rng(0)
    return rng.integers(0, 30, (ROWS, 8)), rng.integers(0, 3, ROWS)


def words():
    """A part of the gradients is sparse."""
    x = keras.Input((8,), dtype="int32")
    h = keras.layers.Flatten()(keras.layers.Embedding(30, 4)(x))
    h = keras.layers.Dense(12, activation="tanh")(h)
    return keras.Model(x, keras.layers.Dense(3, dtype="float32")(h))


@functools.cache
def strategy():
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def compiled(build, policy, **arguments):
    keras.utils.clear_session()
    keras.utils.set_random_seed(11)
    keras.config.set_dtype_policy(policy)
    with strategy().scope():
        return ways.compiled(build(), keras.optimizers.Adam(0.01, clipnorm=0.1), **arguments)


def train(model, callbacks, **arguments):
    history = model.fit(*data(), batch_size=BATCH, verbose=0, callbacks=callbacks, **arguments)
    return history.history, values(model)


def values(model):
    """Every value of every replica, batch normalization and random numbers among them."""
    variables = (*model.variables, *model.optimizer.variables)
    parts = [strategy().experimental_local_results(variable.value) for variable in variables]
    return [part.numpy() for of_variable in parts for part in of_variable]


def is_unchanged(make, watch):
    """Whether a training is the same with and without the watch, to the bit."""
    history, plain = train(make(), [], epochs=2)
    watched_history, watched = train(make(), [watch], epochs=2)
    return history == watched_history and all(map(np.array_equal, plain, watched))


def norms(make):
    """Norms of one batch: what the watch says, and what one device finds on the whole batch."""
    model, alone, watch = make(), words(), GradientWatch()
    alone.set_weights(model.get_weights())
    ways.compiled(alone)
    expected = [float(np.linalg.norm(g)) for g in reference.gradients(alone, *data())]
    model.fit(*data(), batch_size=ROWS, verbose=0, callbacks=[watch])
    return {"norms": list(watch.to_pandas().norm), "expected": expected}


def guarded():
    """A batch of which one replica's half is NaN, with the guard: the weights stay good."""
    model = compiled(ways.network, "float32")
    x, y = np.ones((ROWS, 8), "float32"), np.zeros(ROWS)
    x[BATCH + 2] = np.nan
    watch = GradientWatch(every=3, stop_on="non-finite")
    model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[watch])
    return {
        "finite": all(np.isfinite(value).all() for value in values(model)),
        "steps": int(model.optimizer.iterations.numpy()),
    }


class Gate(keras.layers.Layer):
    """A step function: its kernel gets no gradient."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 4), name="kernel")

    def call(self, x):
        return keras.ops.cast(keras.ops.matmul(x, self.kernel) > 0, "float32")


def gated():
    norm = keras.layers.BatchNormalization()
    layers = [keras.Input((8,)), Gate(), norm, keras.layers.Dense(3, dtype="float32")]
    return keras.Sequential(layers)


def explained():
    """The cause of a missing gradient, on one replica's part of the batch; and the same bits."""
    watch = GradientWatch(every=2)
    unchanged = is_unchanged(functools.partial(compiled, gated, "float32"), watch)
    (finding,) = watch.findings
    return {"unchanged": unchanged, "cause": finding.cause, "line": finding.location.text.strip()}


def outcomes():
    one_device = tf.config.list_physical_devices("CPU")[0]
    two_devices = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(one_device, two_devices)
    plain = functools.partial(compiled, words, "float32")
    mixed = functools.partial(compiled, words, "mixed_float16")
    return {
        "plain": {"unchanged": is_unchanged(plain, GradientWatch(every=2)), **norms(plain)},
        "mixed": {"unchanged": is_unchanged(mixed, GradientWatch(every=2)), **norms(mixed)},
        "guard": guarded(),
        "explained": explained(),
    }


if __name__ == "__main__":
    print(json.dumps(outcomes()))
