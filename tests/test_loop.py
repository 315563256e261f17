"""`watch.watching(model)`: loops of the user's own, on each backend."""

import keras
import models
import numpy as np
import pytest

from keras_gradwatch import GradientError, GradientWarning, GradientWatch

BACKEND = keras.backend.backend()

pytestmark = pytest.mark.filterwarnings("ignore:Gradients do not exist")


def weights_of(model):
    return [weight.numpy() for weight in model.weights]


def batches(model, x, y, count=6):
    for _ in range(count):
        model.train_on_batch(x, y)


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_train_on_batch_is_sampled_and_not_changed(run_eagerly):
    def trained(watch):
        keras.utils.set_random_seed(3)
        model = models.classifier(run_eagerly=run_eagerly)
        _, x, y = models.sequential()
        if watch is None:
            batches(model, x, y)
            return model
        with watch.watching(model) as inside:
            assert inside is watch
            batches(model, x, y)
        return model

    watch = GradientWatch(every=2)
    model, plain = trained(watch), trained(None)
    for one, other in zip(weights_of(model), weights_of(plain), strict=True):
        np.testing.assert_array_equal(one, other)
    table = watch.to_pandas()
    assert table.step.unique().tolist() == table.batch.unique().tolist() == [0, 2, 4]
    assert len(table) == 3 * len(model.trainable_variables)
    assert not {"train_on_batch", "_gradwatch"} & set(vars(model))
    assert repr(watch) == "GradientWatch: nothing wrong in 3 samples of 8 weights"


def test_a_finding_in_a_train_on_batch_loop_has_its_cause_and_stops():
    model, x, y = models.cut()
    watch = GradientWatch(every=2, stop_on="missing")

    def train():
        with watch.watching(model):
            while not model.stop_training:
                model.train_on_batch(x, y)

    with pytest.warns(GradientWarning, match="step/kernel") as caught:
        train()
    assert caught.pop(GradientWarning).filename == __file__
    assert int(model.optimizer.iterations.numpy()) == 1
    assert [finding.cause for finding in watch.findings] == ["non-differentiable"]


def test_blocks_go_on_where_the_last_one_ended(tmp_path):
    model, x, y = models.sequential()
    watch = GradientWatch(every=2, csv=tmp_path / "log.csv")
    for _ in range(2):
        with watch.watching(model):
            batches(model, x, y, 3)
    assert watch.to_pandas().step.unique().tolist() == [0, 2, 3, 5]


def test_an_exception_leaves_the_model_as_it_was():
    model, x, y = models.sequential()
    batches(model, x, y, 1)
    before, optimizer = dict(vars(model)), dict(vars(model.optimizer))
    watch = GradientWatch(every=1)
    with pytest.raises(ValueError, match="class_weight"), watch.watching(model):
        model.train_on_batch(x, y, sample_weight=y, class_weight={0: 1})
    assert vars(model)["train_function"] is before["train_function"]
    assert set(vars(model)) == set(before)
    assert set(vars(model.optimizer)) == set(optimizer)


def gradients(model, x, y):
    """The gradients of the loss as each backend gives them to a loop."""
    loss_of = keras.losses.SparseCategoricalCrossentropy()
    if BACKEND == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        return tape.gradient(loss, model.trainable_variables)
    if BACKEND == "torch":
        model.zero_grad()
        loss_of(y, model(x, training=True)).backward()
        return [variable.value.grad for variable in model.trainable_variables]
    import jax

    def loss(trainable):
        others = [variable.value for variable in model.non_trainable_variables]
        return loss_of(y, model.stateless_call(trainable, others, x)[0])

    return jax.grad(loss)([variable.value for variable in model.trainable_variables])


def updates(model, optimizer, x, y, count=6):
    for _ in range(count):
        found = gradients(model, x, y)
        if BACKEND == "torch":
            import torch

            with torch.no_grad():
                optimizer.apply(found, model.trainable_variables)
        else:
            optimizer.apply_gradients(zip(found, model.trainable_variables, strict=True))


def dense():
    _, x, y = models.sequential()
    model = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(6, activation="tanh", name="hidden"),
            keras.layers.Dense(3, activation="softmax", name="classes"),
        ],
        name="net",
    )
    return model, x, y


def test_a_loop_that_calls_apply_is_sampled_and_not_changed():
    def trained(watch):
        keras.utils.set_random_seed(3)
        model, x, y = dense()
        optimizer = keras.optimizers.Adam()
        if watch is None:
            updates(model, optimizer, x, y)
        else:
            with watch.watching(model, optimizer):
                updates(model, optimizer, x, y)
            assert "apply" not in vars(optimizer)
        return model

    watch = GradientWatch(every=2)
    watched, plain = trained(watch), trained(None)
    for one, other in zip(weights_of(watched), weights_of(plain), strict=True):
        np.testing.assert_array_equal(one, other)
    assert watch.to_pandas().step.unique().tolist() == [0, 2, 4]


def test_the_statistics_of_a_loop_are_those_of_its_gradients():
    model, x, y = dense()
    optimizer = keras.optimizers.SGD(0.1)
    watch = GradientWatch(every=1)
    expected = [np.linalg.norm(keras.ops.convert_to_numpy(g)) for g in gradients(model, x, y)]
    with watch.watching(model, optimizer):
        updates(model, optimizer, x, y, 1)
    table = watch.to_pandas()
    np.testing.assert_allclose(table.norm, expected, rtol=1e-4)
    kernels = table[table.weight_norm > 0]
    assert len(kernels) == 2
    changes = kernels.update_ratio * kernels.weight_norm
    np.testing.assert_allclose(changes, 0.1 * kernels.norm, rtol=1e-3)


@pytest.mark.skipif(BACKEND == "jax", reason="JAX gives zeros, which take three samples to tell")
def test_a_missing_gradient_in_a_loop_is_told():
    model, x, y = models.cut()
    optimizer = keras.optimizers.Adam()
    watch = GradientWatch(raise_error=True)
    with pytest.raises(GradientError, match="step/kernel"), watch.watching(model, optimizer):
        updates(model, optimizer, x, y, 1)


def test_a_loop_without_an_update_says_what_to_do():
    model, _, _ = models.sequential()
    watch = GradientWatch()
    with (
        pytest.warns(UserWarning, match=r"saw no update in this loop.*watching\(model, optimizer"),
        watch.watching(model),
    ):
        pass


@pytest.mark.skipif(BACKEND == "torch", reason="PyTorch compiles nothing here")
def test_an_update_in_a_compiled_function_is_left_alone_and_said():
    model, x, y = dense()
    optimizer = keras.optimizers.SGD(0.1)
    optimizer.build(model.trainable_variables)
    if BACKEND == "tensorflow":
        import tensorflow as tf

        step = tf.function(lambda: updates(model, optimizer, x, y, 1))
    else:
        import jax

        compiled = jax.jit(lambda *state: optimizer.stateless_apply(*state))

        def step():
            values = [v.value for v in model.trainable_variables]
            compiled([v.value for v in optimizer.variables], gradients(model, x, y), values)

    watch = GradientWatch(every=1)
    with (
        pytest.warns(UserWarning, match="outside of a compiled function"),
        watch.watching(model, optimizer),
    ):
        step()
    step()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [((3,), "`model` must be a Keras model. Received: model=3"), (("adam",), "`optimizers` must")],
)
def test_a_mistake_is_one_line(arguments, said):
    if arguments == ("adam",):
        arguments = (dense()[0], "adam")
    with pytest.raises(ValueError, match=said), GradientWatch().watching(*arguments):
        pass


def test_a_penalty_in_a_loop_is_told_apart():
    def penalized(added):
        keras.utils.set_random_seed(3)
        regularizer = keras.regularizers.L2(0.1)
        model = keras.Sequential(
            [keras.Input((8,)), keras.layers.Dense(3, kernel_regularizer=regularizer)]
        )
        optimizer = keras.optimizers.SGD(0.1)
        kernel, bias = model.trainable_variables
        watch = GradientWatch(every=1)
        with watch.watching(model, optimizer):
            total = model.losses[0] if added else 0.0
            one = keras.ops.ones((8, 3))
            found = [one + 0.2 * kernel if added else one, keras.ops.ones(3)]
            assert not added or keras.ops.convert_to_numpy(total) > 0
            if BACKEND == "torch":
                import torch

                with torch.no_grad():
                    optimizer.apply(found, [kernel, bias])
            else:
                optimizer.apply(found, [kernel, bias])
        return watch.to_pandas().iloc[0]

    with_penalty, without = penalized(True), penalized(False)
    assert with_penalty.norm == pytest.approx(without.norm, rel=1e-3)
    assert with_penalty.penalty_share > 0.01
    assert without.penalty_share == 0
