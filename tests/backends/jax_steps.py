"""Models for the recorder of JAX: each builder gives a compiled model and one batch."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

ROWS = 12


def batch(*shape, targets=1):
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(ROWS, *shape)), rng.normal(size=(ROWS, targets))
    return jnp.asarray(x, "float32"), jnp.asarray(y, "float32")


def compiled(*inner, shape=(5,), **options):
    model = keras.Sequential([keras.Input(shape), *inner, layers.Dense(1)])
    model.compile(keras.optimizers.Adam(), "mse", **options)
    return model, batch(*shape)


class Applied(layers.Layer):
    """A layer with one weight that a function of JAX is applied to.

    Args:
        function: Function of the inputs and the weight.
    """

    def __init__(self, function, **options):
        super().__init__(**options)
        self.function = function

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 6), name="kernel")

    def call(self, x):
        return self.function(x, self.kernel.value)


def plain():
    norm, drop = layers.BatchNormalization(), layers.Dropout(0.3, seed=1)
    return compiled(layers.Dense(8, activation="relu"), norm, drop, metrics=["mae"])


def conv():
    pool = layers.MaxPooling2D()
    return compiled(layers.Conv2D(4, 3, activation="gelu"), pool, layers.Flatten(), shape=(8, 8, 2))


def attention():
    x = keras.Input((6, 5))
    h = layers.MultiHeadAttention(2, 4)(x, x) + x
    h = layers.LayerNormalization()(h)
    model = keras.Model(x, layers.Dense(1)(layers.GlobalAveragePooling1D()(h)))
    model.compile("adam", "mse")
    return model, batch(6, 5)


def lstm():
    return compiled(layers.LSTM(6, return_sequences=True), layers.GRU(4), shape=(7, 5))


def mixed():
    return compiled(layers.Dense(8, activation="relu", dtype="mixed_float16"))


def loss_scale():
    model, data = compiled(layers.Dense(8, activation="tanh"))
    model.compile(
        keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(), initial_scale=64.0), "mse"
    )
    return model, data


def jitted():
    return compiled(Applied(jax.jit(lambda x, w: jnp.tanh(x @ w))))


def checkpointed():
    return compiled(Applied(jax.checkpoint(lambda x, w: jnp.sin(x @ w) ** 2)))


def mapped():
    return compiled(Applied(lambda x, w: jax.vmap(lambda row: jnp.cumsum(row @ w))(x)))


def branched():
    def function(x, w):
        return jax.lax.cond(x[0, 0] > 0, lambda: x @ w, lambda: jnp.exp(x @ w))

    return compiled(Applied(function))


def scanned():
    def function(x, w):
        def step(h, i):
            return jnp.tanh(h + x @ w[:, :6] * i), h.sum()

        last, sums = jax.lax.scan(step, x @ w, jnp.arange(4.0), reverse=True)
        return last * (sums * jnp.arange(1.0, 5.0)).sum()

    return compiled(Applied(function))


# Neither is the derivative of its function: a gradient shows which of the two was taken.
@jax.custom_vjp
def doubled(x, w):
    return 2 * (x @ w)


doubled.defvjp(lambda x, w: (doubled(x, w), (x, w)), lambda kept, g: (g @ kept[1].T, kept[0].T @ g))


@jax.custom_jvp
def cubed(x, w):
    return (x @ w) ** 3


@cubed.defjvp
def cubed_jvp(primals, tangents):
    (x, w), (dx, dw) = primals, tangents
    return cubed(x, w), 5 * (x @ w) ** 2 * (x @ dw + dx @ w)


def with_custom_vjp():
    return compiled(Applied(doubled))


def with_custom_jvp():
    return compiled(Applied(cubed))


class OwnStep(keras.Sequential):
    """A train step with `jax.value_and_grad` of its own, and clipped gradients."""

    def train_step(self, state, data):
        trainable, non_trainable, optimizer, metrics = state
        x, y = data

        def loss(weights):
            out, _ = self.stateless_call(weights, non_trainable, x, training=True)
            return jnp.mean(jnp.abs(out - y) ** 3)

        value, gradients = jax.value_and_grad(loss)(trainable)
        gradients = [jnp.clip(g, -1, 1) for g in gradients]
        trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
        return {"loss": value}, (trainable, non_trainable, optimizer, metrics)


def own_step():
    model = OwnStep([keras.Input((5,)), layers.Dense(6, activation="tanh"), layers.Dense(1)])
    model.compile("adam")
    return model, batch(5)


class Gan(keras.Model):
    """Two networks, two optimizers, and a penalty on the gradient of the critic."""

    def __init__(self):
        super().__init__()
        self.made = keras.Sequential([keras.Input((3,)), layers.Dense(5, name="generator")])
        self.critic = keras.Sequential(
            [keras.Input((5,)), layers.Dense(4, activation="tanh", name="critic"), layers.Dense(1)]
        )
        self.second = keras.optimizers.Adam()
        self.built = True

    def build_optimizers(self):
        self.optimizer.build(self.critic.trainable_variables)
        self.second.build(self.made.trainable_variables)

    def train_step(self, state, data):
        trainable, non_trainable, optimizer, metrics = state
        count = len(self.made.trainable_variables)
        made, critic = trainable[:count], trainable[count:]
        x = data[0]
        noise = jnp.sin(jnp.arange(len(x) * 3.0)).reshape(len(x), 3)

        def judged(weights, images):
            return self.critic.stateless_call(weights, [], images)[0]

        def critic_loss(weights):
            fakes = self.made.stateless_call(made, [], noise)[0]
            slope = jax.grad(lambda images: judged(weights, images).sum())(x)
            penalty = jnp.mean((jnp.linalg.norm(slope, axis=-1) - 1) ** 2)
            return judged(weights, fakes).mean() - judged(weights, x).mean() + penalty

        def generator_loss(weights):
            return -judged(critic, self.made.stateless_call(weights, [], noise)[0]).mean()

        loss, gradients = jax.value_and_grad(critic_loss)(critic)
        critic, _ = self.optimizer.stateless_apply(optimizer, gradients, critic)
        _, gradients = jax.value_and_grad(generator_loss)(made)
        made, _ = self.second.stateless_apply([], gradients, made)
        return {"loss": loss}, (made + critic, non_trainable, optimizer, metrics)


def gan():
    model = Gan()
    model.compile("adam")
    return model, batch(5)


class PerExample(OwnStep):
    """One gradient for each row, each of them clipped, as private training does."""

    def train_step(self, state, data):
        trainable, non_trainable, optimizer, metrics = state

        def loss(weights, x, y):
            out, _ = self.stateless_call(weights, non_trainable, x[None], training=True)
            return jnp.mean((out[0] - y) ** 2)

        each = jax.vmap(jax.grad(loss), in_axes=(None, 0, 0))(trainable, *data)
        gradients = [g.mean(axis=0) for g in each]
        trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
        return {}, (trainable, non_trainable, optimizer, metrics)


def per_example():
    model = PerExample([keras.Input((5,)), layers.Dense(6, activation="tanh"), layers.Dense(1)])
    model.compile("adam")
    return model, batch(5)


STEPS = {
    step.__name__: step
    for step in (
        plain,
        conv,
        attention,
        lstm,
        mixed,
        loss_scale,
        jitted,
        checkpointed,
        mapped,
        branched,
        scanned,
        with_custom_vjp,
        with_custom_jvp,
        own_step,
        gan,
        per_example,
    )
}
