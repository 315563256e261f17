"""Ways to call `fit`, and kinds of data that only TensorFlow has."""

import keras
import numpy as np
import pytest
import ways
from keras import layers

from keras_gradwatch import GradientWatch

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

ON_TENSORFLOW = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tensors of TensorFlow"
)


def trained(make, callbacks):
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(11)
    model, arguments = make()
    model.fit(**arguments, epochs=2, verbose=0, callbacks=callbacks)
    return model, [variable.numpy() for variable in (*model.variables, *model.optimizer.variables)]


def stream():
    """A data set that does not know its length."""
    import tensorflow as tf

    x, y = ways.data()
    batches = tf.data.Dataset.from_tensor_slices((x, y)).filter(lambda x, y: True).batch(16)
    return ways.ready(ways.compiled()), {"x": batches, "shuffle": False}


def sparse_rows():
    import tensorflow as tf

    x, y = ways.data()
    rows = tf.sparse.from_dense(np.where(np.abs(x) > 1, x, 0))
    model = keras.Sequential([keras.Input((8,), sparse=True), layers.Dense(3)])
    return ways.ready(ways.compiled(model)), ways.arrays(x=rows, y=y, shuffle=False)


def ragged_rows():
    import tensorflow as tf

    _, y = ways.data()
    words = tf.RaggedTensor.from_row_lengths(np.arange(210) % 30, np.arange(70) % 5 + 1)
    batches = tf.data.Dataset.from_tensor_slices((words, y)).batch(16)
    batches = batches.map(lambda words, y: (words.to_tensor(shape=(None, 8)), y))
    return ways.embedding()[0], {"x": batches, "shuffle": False}


@ON_TENSORFLOW
@pytest.mark.filterwarnings("ignore:Your input ran out of data")  # Keras says so at the first end.
@pytest.mark.parametrize("make", [stream, sparse_rows, ragged_rows])
def test_data_of_tensorflow(make):
    _, plain = trained(make, [])
    watch = GradientWatch(every=2)
    model, watched = trained(make, [watch])
    assert all(map(np.array_equal, plain, watched))
    assert set(watch.coverage.watched) == {weight.path for weight in model.trainable_weights}


def test_a_ready_made_list_of_callbacks():
    watch, (model, arguments) = GradientWatch(every=1), ways.plain()
    ready = keras.callbacks.CallbackList([watch], add_history=True, model=model, epochs=1)
    model.fit(**arguments, verbose=0, callbacks=ready)
    assert list(watch.to_pandas().step.unique()) == [0, 1, 2, 3, 4]


def test_fit_of_another_model_inside_a_callback():
    outer, inner = GradientWatch(every=1), GradientWatch(every=1)

    class TrainsAnother(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            other, arguments = ways.ready(ways.compiled()), ways.arrays()
            if batch == 2:
                other.fit(**arguments, verbose=0, callbacks=[inner])

    model, arguments = ways.plain()
    model.fit(**arguments, verbose=0, callbacks=[TrainsAnother(), outer])
    assert len(outer.to_pandas()) == len(inner.to_pandas()) == 5 * len(model.trainable_weights)


def test_another_loss_in_the_second_fit():
    watch = GradientWatch(every=1, rules=[])
    model, arguments = ways.ready(ways.compiled()), ways.arrays()
    model.fit(**arguments, verbose=0, callbacks=[watch])
    model.compile(model.optimizer, "mse")
    targets = np.ones((ways.ROWS, 3), "float32")
    model.fit(**{**arguments, "y": targets}, verbose=0, callbacks=[watch])
    assert list(watch.to_pandas().step.unique()) == list(range(10))


def test_a_loop_of_train_on_batch_calls_the_hooks_itself():
    (model, _), (x, y) = ways.plain(), ways.data()
    watch = GradientWatch(every=1)
    hooks = keras.callbacks.CallbackList([watch], model=model)
    model.train_on_batch(x[:16], y[:16])
    hooks.on_train_begin()
    for batch in range(3):
        hooks.on_train_batch_begin(batch)
        logs = model.train_on_batch(x[:16], y[:16], return_dict=True)
        hooks.on_train_batch_end(batch, logs)
    hooks.on_train_end()
    assert list(watch.to_pandas().step.unique()) == [1, 2, 3]


CLIPPED = {
    "clipnorm": "clipnorm=1e-06 of sgd clipped 5 of 5 sampled steps",
    "global_clipnorm": "global_clipnorm=1e-06 of sgd clipped 5 of 5 sampled steps",
    "clipvalue": "clipvalue=1e-06 of sgd clipped 5 of 5 sampled steps",
}


@pytest.mark.parametrize("setting", CLIPPED)
def test_how_often_an_optimizer_clips_is_told(setting):
    def notes(limit):
        optimizer = keras.optimizers.SGD(0.1, name="sgd", **{setting: limit})
        model = keras.Sequential([keras.Input((8,)), layers.Dense(3)])
        ways.compiled(model, optimizer)
        watch = GradientWatch(every=1, rules=[])
        model.fit(**ways.arrays(), verbose=0, callbacks=[watch])
        return watch.coverage.notes

    assert CLIPPED[setting] in notes(1e-6)
    assert f"{setting}=1000.0 of sgd clipped 0 of 5 sampled steps" in notes(1000.0)
