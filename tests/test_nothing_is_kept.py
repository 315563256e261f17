"""Of a model that is gone nothing is kept: cross-validation and tuners train many in a row."""

import gc
import weakref

import keras
import numpy as np
import pytest

from keras_gradwatch import GradientWatch

X = np.random.default_rng(0).normal(size=(24, 4)).astype("float32")
Y = X[:, :1]


@pytest.fixture(autouse=True)
def _only_what_is_new():
    """What earlier tests left is not looked through each time."""
    gc.collect()
    gc.freeze()


def train(*callbacks):
    """Trains a new model and returns weak references to what belongs to it."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y, batch_size=8, verbose=0, callbacks=list(callbacks))
    kept = [model, model.optimizer, model.layers[0]]
    return [weakref.ref(one) for one in kept]


def alive(references):
    gc.collect()
    return [type(one()).__name__ for one in references if one() is not None]


@pytest.mark.parametrize("every", [1, 2])
def test_a_model_that_is_gone_is_not_kept_by_the_process(tmp_path, every):
    if alive(train()):
        pytest.skip("Keras keeps a trained model itself")
    references = [
        one for i in range(3) for one in train(GradientWatch(tmp_path / f"{i}", every=every))
    ]
    assert alive(references) == []


def test_a_watch_that_goes_on_keeps_its_last_model_only(tmp_path):
    if alive(train()):
        pytest.skip("Keras keeps a trained model itself")
    watch = GradientWatch(tmp_path, every=1)
    with pytest.warns(UserWarning, match="new model|another model"):
        references = [train(watch) for _ in range(3)]
    assert alive([one for of_model in references[:2] for one in of_model]) == []


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="elsewhere gradients are symbols")
def test_no_gradient_is_kept_after_its_step():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    watch = GradientWatch(every=1)
    model.fit(X, Y, batch_size=8, verbose=0, callbacks=[watch])
    gradient = weakref.ref(model.trainable_variables[0].value.grad)
    model.zero_grad()
    assert alive([gradient]) == []


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="graphs of TensorFlow")
def test_no_graph_is_kept_beside_those_that_tensorflow_keeps_itself():
    from tensorflow.python.framework.func_graph import FuncGraph

    def added(watch):
        counts = []
        for _ in range(2):
            train(*watch())
            gc.collect()
            counts.append(sum(isinstance(one, FuncGraph) for one in gc.get_objects()))
        return counts[1] - counts[0]

    plain = added(lambda: ())
    assert added(lambda: (GradientWatch(every=1),)) == plain
