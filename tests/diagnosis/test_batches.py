"""What `diagnose` and `assert_healthy` are given: arrays, data sets, and mistakes."""

import keras
import models
import numpy as np
import pytest

from keras_gradwatch import Diagnosis, diagnose, testing
from keras_gradwatch.diagnosis.batch import first_batch
from keras_gradwatch.testing import assert_healthy


class Batches(keras.utils.PyDataset):
    """Rows of the batch are its number."""

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return np.full((4, 8), index, "float32"), np.full(4, index)


def generator():
    yield from Batches()


def tf_dataset():
    tf = pytest.importorskip("tensorflow")
    rows = np.repeat(np.arange(2, dtype="float32"), 4)
    return tf.data.Dataset.from_tensor_slices((np.tile(rows[:, None], 8), rows)).batch(4)


def data_loader():
    torch = pytest.importorskip("torch")
    rows = torch.repeat_interleave(torch.arange(2.0), 4)
    return torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(rows[:, None].repeat(1, 8), rows), batch_size=4
    )


@pytest.mark.parametrize("batches", [Batches, generator, tf_dataset, data_loader])
def test_the_first_batch_of_a_data_set_is_taken(batches):
    x, y = first_batch(batches())
    assert keras.ops.is_tensor(x)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(x), np.zeros((4, 8)))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(y), np.zeros(4))


@pytest.mark.parametrize("x", [np.ones((2, 3)), [np.ones((2, 3))], {"a": np.ones((2, 3))}])
def test_arrays_are_one_batch(x):
    (kept,) = keras.tree.flatten(first_batch(x))
    assert tuple(kept.shape) == (2, 3)


def test_diagnose_takes_batches():
    model, x, y = models.sequential()
    assert diagnose(model, iter([(x, y)])).healthy


X, Y = np.ones((64, 8), "float32"), np.zeros(64)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            lambda model: (X, Y, model),
            "`model` must be a Keras model. Received: ndarray of shape (64, 8). The order is "
            "`diagnose(model, x, y)`.$",
        ),
        (
            lambda model: (X, model),
            "`model` must be a Keras model. Received: ndarray of shape (64, 8). The order is "
            "`diagnose(model, x, y)`.$",
        ),
        (lambda model: (keras.Sequential, X), "Received: the class Sequential.$"),
        (lambda model: (model, iter([]), None), "`x` must give at least one batch. Received: "),
        (lambda model: (model, iter([X]), Y), "`y` and `sample_weight` must be None when"),
        (
            lambda model: (model, X, object()),
            "`x` and `y` must be arrays, tensors, or batches of them. Received: ndarray of shape "
            "(64, 8), object: ",
        ),
        (
            lambda model: (keras.Sequential([keras.layers.Dense(1)], name="net"), X, Y),
            "`model` must be compiled: call `model.compile(optimizer, loss)` first. Received: "
            "model=<Sequential name=net",
        ),
    ],
)
def test_a_mistake_is_one_line(arguments, said):
    model, _, _ = models.sequential()
    with pytest.raises(ValueError, match=r".") as raised:
        diagnose(*arguments(model))
    text = str(raised.value).partition("\n")[0]
    assert text.endswith(said[:-1]) if said.endswith("$") else said in text


def test_assert_healthy():
    assert_healthy(*models.sequential())


def test_assert_healthy_names_what_is_wrong_and_ends_at_the_test():
    model, x, y = models.cut()
    with pytest.raises(AssertionError, match=r"is unhealthy\n\n.*step/kernel") as raised:
        assert_healthy(model, x, y)
    assert raised.traceback.filter(raised)[-1].path.name == "test_batches.py"


def test_what_could_not_be_looked_at_is_not_healthy(monkeypatch):
    unseen = Diagnosis([], {"net/kernel": "was not looked at"})
    monkeypatch.setattr(testing, "diagnose", lambda *args, numeric: unseen)
    with pytest.raises(AssertionError, match="is inconclusive"):
        assert_healthy(*models.sequential())
