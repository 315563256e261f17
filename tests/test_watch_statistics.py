"""What the watch reports is the gradient that a tape gives for the same batch, weight by weight."""

import keras
import models
import numpy as np
import pytest
import tensorflow as tf

from keras_gradwatch import GradientWatch, statistics
from keras_gradwatch.step import histogram
from keras_gradwatch.weights import unique_paths


def gradients_by_tape(model, x, y):
    """Slow reference: the dense gradients of the model's own loss on one batch."""
    with tf.GradientTape() as tape:
        prediction = model(x, training=True)
        loss = model.compute_loss(x=x, y=y, y_pred=prediction)
    gradients = tape.gradient(loss, model.trainable_weights)
    paths = unique_paths(model.variables)
    return {
        paths[id(weight)]: None if g is None else tf.convert_to_tensor(g).numpy()
        for weight, g in zip(model.trainable_weights, gradients, strict=True)
    }


class Latest:
    """A rule that says nothing and keeps what it was shown."""

    def __call__(self, history):
        self.record = history.latest
        return []


def watched(build):
    """One step on the whole data, watched, and the gradients of the same step by a tape."""
    model, x, y = build()
    model(x)  # Builds a subclassed model.
    before = [weight.numpy() for weight in model.trainable_weights]
    reference = gradients_by_tape(model, x, y)
    latest = Latest()
    watch = GradientWatch(rules=[latest])
    model.fit(x, y, batch_size=models.ROWS, epochs=1, verbose=0, callbacks=[watch])
    return model, before, reference, watch.to_pandas(), latest.record


@pytest.mark.parametrize("build", models.HEALTHY[1:], ids=lambda build: build.__name__)
def test_statistics_are_those_of_the_applied_gradient(build):
    model, before, reference, table, _ = watched(build)
    assert list(table.weight) == list(reference)
    for row, old, weight in zip(table.itertuples(), before, model.trainable_weights, strict=True):
        expected = statistics.define(reference[row.weight])
        expected["zero_fraction"] = expected["zeros"] / row.size
        for name in ("norm", "mean", "std", "max_abs", "zero_fraction", "dead_fraction"):
            got, want = getattr(row, name), expected[name]
            assert got == pytest.approx(want, rel=2e-4, abs=2e-6 * expected["max_abs"]), name
        change = np.linalg.norm(weight.numpy() - old) / max(np.linalg.norm(old), 1e-30)
        if np.linalg.norm(old):
            assert row.update_ratio == pytest.approx(change, rel=1e-3)
        assert row.weight_norm == pytest.approx(np.linalg.norm(old), rel=1e-4)
        assert not row.missing


def test_embedding_gradient_is_measured_with_its_repeated_and_untouched_rows():
    _, _, reference, table, record = watched(models.embedding)
    (path,) = [path for path in reference if "embedding" in path]
    row = table[table.weight == path].iloc[0]
    assert row["size"] == 6000
    assert row.zero_fraction > 0.9
    assert row.zero_fraction == pytest.approx((reference[path] == 0).mean(), abs=1e-6)
    index = [weight.path for weight in record.weights].index(path)
    assert record.alive[index].all()


def test_histogram_counts_every_element_of_every_weight(tmp_path):
    model, x, y = models.embedding()
    watch = GradientWatch(tmp_path)
    reference = gradients_by_tape(model, x, y)
    model.fit(x, y, batch_size=models.ROWS, epochs=1, verbose=0, callbacks=[watch])
    record = watch._pipeline.latest
    for weight, counts in zip(record.weights, record.histogram, strict=True):
        assert counts.sum() == weight.size
        expected = histogram.define(reference[weight.path])
        assert np.abs(counts - expected).sum() <= 0.02 * weight.size


@pytest.mark.parametrize("count", [60, pytest.param(600, marks=pytest.mark.slow)])
def test_each_weight_is_a_row(count):
    model, x, y = models.many_weights(count)
    watch = GradientWatch()
    model.fit(x, y, batch_size=models.ROWS, epochs=1, verbose=0, callbacks=[watch])
    table = watch.to_pandas()
    assert len(table) == count
    assert table.weight.is_unique
    assert not watch.findings


def test_missing_gradient_is_a_row_of_nan():
    model, x, y = models.cut()
    watch = GradientWatch(rules=[])
    with pytest.warns(UserWarning, match="Gradients do not exist"):
        model.fit(x, y, batch_size=16, epochs=1, verbose=0, callbacks=[watch])
    first = watch.to_pandas().iloc[0]
    assert first.missing
    assert first[["norm", "mean", "zero_fraction", "update_ratio"]].isna().all()


def test_rows_of_an_embedding_are_measured_in_batches_of_any_size():
    inputs = keras.Input((5,), dtype="int32")
    h = keras.layers.Embedding(40, 4)(inputs)
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(h)))
    model.compile("sgd", "mse")
    x, y = np.arange(50).reshape(10, 5) % 40, np.ones((10, 1))
    watch = GradientWatch(every=1, histograms=False)
    model.fit(x, y, batch_size=4, verbose=0, callbacks=[watch])  # The last batch is of two.
    assert len(watch.to_pandas()) == 3 * len(model.trainable_weights)


class Gate(keras.layers.Layer):
    """Multiplies by one number that is learned."""

    def build(self, shape):
        self.alpha = self.add_weight(shape=(), initializer="ones", name="alpha")

    def call(self, x):
        return self.alpha * x


def test_a_weight_that_is_one_number_is_measured_as_the_others_are():
    def build():
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), Gate()])
        model.compile("sgd", "mse")
        return model, np.ones((models.ROWS, 4), "float32"), np.zeros((models.ROWS, 3), "float32")

    _, _, reference, table, record = watched(build)
    row = table.iloc[-1]
    assert row["size"] == 1
    assert row["norm"] == pytest.approx(abs(float(reference[row.weight])), rel=1e-5)
    assert record.alive[-1].tolist() == [True]
