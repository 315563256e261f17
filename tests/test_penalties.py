"""What a regularizer adds to a gradient is told apart from what the data says."""

import keras
import numpy as np
import pytest
from keras import layers, regularizers

from keras_gradwatch import GradientWatch, statistics
from keras_gradwatch.step import penalties

RNG = np.random.default_rng(5)
X = RNG.normal(size=(32, 6)).astype("float32")
Y = RNG.normal(size=(32, 1)).astype("float32")
KNOWN = {
    "l1": lambda: regularizers.L1(1e-3),
    "l2": lambda: regularizers.L2(1e-2),
    "both": lambda: regularizers.L1L2(1e-3, 1e-2),
}


def network(regularizer=None, bias=0.0, **layer_arguments):
    """Two layers; with a bias far below 0 no example gets through the first."""
    keras.utils.set_random_seed(4)
    first = layers.Dense(
        5,
        activation="relu",
        kernel_regularizer=regularizer,
        bias_initializer=keras.initializers.Constant(bias),
        **layer_arguments,
    )
    return keras.Sequential([keras.Input((6,)), first, layers.Dense(1)])


def first_step(model, optimizer="sgd", x=X, y=Y):
    """The watch after one step, and its table by weight."""
    model.compile(optimizer, "mse")
    watch = GradientWatch(explain=False)
    model.fit(x, y, batch_size=len(x), verbose=0, callbacks=[watch])
    table = watch.to_pandas()
    table.index = [path.partition("/")[2] for path in table["weight"]]
    return watch, table


@pytest.mark.parametrize("name", KNOWN)
def test_the_statistics_are_those_of_the_loss_without_the_penalty(name):
    _, plain = first_step(network())
    _, table = first_step(network(KNOWN[name]()))
    for statistic in ("norm", "mean", "std", "max_abs", "zero_fraction", "dead_fraction"):
        np.testing.assert_allclose(table[statistic], plain[statistic], rtol=1e-4, atol=1e-6)


def test_the_share_of_the_penalty_is_that_of_the_norms():
    model = network(regularizers.L2(1e-2))
    kernel = model.layers[0].kernel.numpy()
    _, table = first_step(model, keras.optimizers.SGD(1.0))
    whole = kernel - model.layers[0].kernel.numpy()  # A step of SGD at a rate of 1.
    share = np.linalg.norm(2e-2 * kernel) / np.linalg.norm(whole)
    first, *others = table["penalty_share"]
    assert first == pytest.approx(share, rel=1e-4)
    assert others == [0, 0, 0]


@pytest.mark.parametrize("name", KNOWN)
def test_a_kernel_that_only_its_penalty_reaches_has_a_gradient_of_exactly_zero(name):
    _, table = first_step(network(KNOWN[name](), bias=-1e3))
    kernel = table.iloc[0]
    assert (kernel["norm"], kernel["max_abs"]) == (0, 0)
    assert (kernel["zero_fraction"], kernel["dead_fraction"]) == (1, 1)
    assert kernel["penalty_share"] == pytest.approx(1)
    assert kernel["update_ratio"] > 0  # The penalty moves it all the same.


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16"])
def test_a_zero_is_found_in_mixed_precision(dtype):
    _, table = first_step(network(regularizers.L2(0.1), bias=-1e3, dtype=dtype))
    assert table["norm"].iloc[0] == 0


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
def test_what_the_type_of_the_gradient_rounds_is_a_zero(dtype):
    weights = keras.ops.convert_to_tensor(RNG.normal(size=(1, 40, 30)).astype("float32"))
    regularizer = regularizers.L2(0.3)
    short = keras.ops.cast(0.3, dtype) * (2 * keras.ops.cast(weights, dtype))
    penalty = penalties.gradient(regularizer, keras.ops.cast(weights, dtype))
    rest, share = penalties.take_out(keras.ops.cast(short, "float32"), penalty, dtype)
    assert not keras.ops.convert_to_numpy(rest).any()
    assert keras.ops.convert_to_numpy(share) == pytest.approx(1, rel=1e-2)


def test_the_scale_of_the_loss_is_taken_out_of_the_gradient_and_not_of_the_penalty():
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), initial_scale=1024)
    _, table = first_step(network(regularizers.L2(1e-3), bias=-1e3), optimizer)
    assert table["norm"].iloc[0] == 0


def test_a_small_gradient_beside_a_large_penalty_is_no_zero():
    _, plain = first_step(network())
    _, table = first_step(network(regularizers.L2(10.0)))
    assert table["zero_fraction"].iloc[0] < 0.1
    np.testing.assert_allclose(table["norm"].iloc[0], plain["norm"].iloc[0], rtol=1e-3)


def test_an_embedding_keeps_the_zeros_of_the_rows_that_no_example_reads():
    model = keras.Sequential(
        [
            keras.Input((3,), dtype="int32"),
            layers.Embedding(9, 4, embeddings_regularizer=regularizers.L2(1e-3)),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    _, table = first_step(model, x=RNG.integers(0, 3, (32, 3)), y=Y)
    assert table["zero_fraction"].iloc[0] == pytest.approx(6 / 9, rel=1e-6)


def test_without_a_regularizer_nothing_is_added_to_the_step():
    model = network()
    model.compile("sgd", "mse")
    watch = GradientWatch(explain=False)
    seen = []
    observe = watch._pipeline.put
    watch._pipeline.put = lambda sample: seen.append(sample) or observe(sample)
    model.fit(X, Y, verbose=0, callbacks=[watch])
    assert seen
    assert not any("penalty_share" in sample.measured for sample in seen)


def test_a_regularizer_that_is_not_known_is_left_in_and_said_so():
    watch, table = first_step(network(regularizers.OrthogonalRegularizer()))
    assert table["penalty_share"].iloc[0] == 0
    path = watch.to_pandas()["weight"].iloc[0]
    note = f"the statistics of {path} are with the penalty of its OrthogonalRegularizer"
    assert note in watch.coverage.notes


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="a train step of TensorFlow's")
def test_a_step_that_leaves_the_penalty_out_has_nothing_taken_out():
    import tensorflow as tf

    class WithoutPenalty(keras.Sequential):
        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(self(x) - y))
            gradients = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
            return {"loss": loss}

    _, plain = first_step(network())
    layered = network(regularizers.L2(0.1))
    _, table = first_step(WithoutPenalty(layered.layers))
    np.testing.assert_allclose(table["norm"], plain["norm"], rtol=1e-5)
    assert table["penalty_share"].iloc[0] == 0


def test_keras_regularizers_are_put_back():
    before = regularizers.L2.__call__
    with penalties.listening(), penalties.listening() as asked:
        regularizer = regularizers.L2(0.5)
        regularizer(keras.ops.ones((2, 2)))
        assert asked == {id(regularizer)}
    assert regularizers.L2.__call__ is before


def test_the_values_of_all_statistics_are_known_with_a_penalty():
    _, table = first_step(network(regularizers.L2(1e-3)))
    assert np.isfinite(table[[name for name in statistics.NAMES if name in table]]).all(axis=None)
