"""On JAX a gradient is missing where the structure of the step makes it zero, not the batch."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_gradwatch import GradientWatch

pytestmark = [
    pytest.mark.skipif(
        keras.backend.backend() != "jax", reason="the other backends give `None` themselves"
    ),
    pytest.mark.filterwarnings("ignore::keras_gradwatch.GradientWarning"),
]


class Branches(layers.Layer):
    """One weight for each way in which a gradient can be zero, and one that learns."""

    def build(self, input_shape):
        names = ("unused", "compared", "stopped", "dead", "times_zero", "learning")
        self.by_name = {
            name: self.add_weight(name=name, shape=(8, 3), initializer="ones") for name in names
        }

    def call(self, x):
        products = {name: ops.matmul(x, weight) for name, weight in self.by_name.items()}
        return (
            ops.cast(products["compared"] > 0, "float32")
            + ops.stop_gradient(products["stopped"])
            + ops.relu(products["dead"] - 1e6)
            + products["times_zero"] * 0
            + products["learning"]
        )


MISSING = {"unused", "compared", "stopped"}


class OwnStep(keras.Model):
    """A train step of one's own: `jax.value_and_grad` of a loss, and two updates."""

    def __init__(self):
        super().__init__()
        self.branches = Branches()

    def call(self, x):
        return self.branches(x)

    def train_step(self, state, data):
        import jax

        trainable, non_trainable, optimizer_variables, metrics = state
        x, y = data[:2]

        def loss(trainable):
            prediction, _ = self.stateless_call(trainable, non_trainable, x)
            return ops.mean(ops.square(prediction - y))

        value, gradients = jax.value_and_grad(loss)(trainable)
        for _ in range(2):
            trainable, optimizer_variables = self.optimizer.stateless_apply(
                optimizer_variables, gradients, trainable
            )
        return {"loss": value}, (trainable, non_trainable, optimizer_variables, metrics)


def keras_own():
    return keras.Sequential([keras.Input((8,)), Branches()])


@pytest.mark.parametrize("build", [keras_own, OwnStep])
@pytest.mark.parametrize("jit_compile", [True, False])
def test_only_what_is_not_connected_is_missing(build, jit_compile):
    model = build()
    model.compile("sgd", "mse", jit_compile=jit_compile)
    x = np.random.default_rng(0).normal(size=(48, 8)).astype("float32")
    watch = GradientWatch(every=1)
    model.fit(x, x[:, :3], batch_size=16, verbose=0, callbacks=[watch])
    table = watch.to_pandas()
    name = table.weight.str.rpartition("/")[2]
    expected = MISSING if jit_compile else set()  # An eager step is not traced once more.
    assert set(name[table.missing]) == expected
    assert table[table.missing].norm.isna().all()
    assert set(name[table.norm == 0]) == {"dead", "times_zero"} | (MISSING - expected)
    told = {weight for f in watch.findings if f.symptom == "missing" for weight in f.weights}
    assert {path.rpartition("/")[2] for path in told} == expected


def test_zeros_are_found_through_calls_and_changes_of_shape():
    import jax
    import jax.numpy as jnp

    from keras_gradwatch.backends.jax.structural_zeros import zeros

    def function(x):
        shaped = jax.jit(lambda zero: -zero.reshape(4, 1).astype("float16"))(jnp.zeros((2, 2)))
        return [[shaped, x], [jnp.ones(3), x * 0, jnp.zeros(3) + jnp.zeros(3)]]

    assert zeros(function, jnp.zeros(2)) == [{0}, {2}]
