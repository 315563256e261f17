"""Healthy: a physics-informed network; a stateless train_step differentiates a loss that itself takes jax.grad with respect to the input."""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class HeatRod(keras.Model):
    """u'' = -f on [0, 1], u(0) = u(1) = 0."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hidden_1 = layers.Dense(16, activation="tanh", name="hidden_1")
        self.hidden_2 = layers.Dense(16, activation="tanh", name="hidden_2")
        self.field = layers.Dense(1, name="field")

    def call(self, x):
        return self.field(self.hidden_2(self.hidden_1(x)))

    def residual_loss(self, trainable, non_trainable, x, source):
        def u(position):
            out, _ = self.stateless_call(trainable, non_trainable, position[None, None])
            return out[0, 0]

        curvature = jax.vmap(jax.grad(jax.grad(u)))(x[:, 0])
        inside = jnp.mean((curvature + source[:, 0]) ** 2)
        edge = u(jnp.float32(0.0)) ** 2 + u(jnp.float32(1.0)) ** 2
        return inside + 10.0 * edge, non_trainable

    def train_step(self, state, data):
        trainable, non_trainable, optimizer_variables, metrics = state
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        grad_fn = jax.value_and_grad(self.residual_loss, has_aux=True)
        (loss, non_trainable), grads = grad_fn(trainable, non_trainable, x, y)
        trainable, optimizer_variables = self.optimizer.stateless_apply(
            optimizer_variables, grads, trainable
        )
        return {"residual": loss}, (trainable, non_trainable, optimizer_variables, metrics)


def build():
    keras.utils.set_random_seed(741)
    rng = np.random.default_rng(741)
    x = rng.random((64, 1)).astype("float32")
    model = HeatRod()
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(3e-3))
    return model, x, np.sin(np.pi * x).astype("float32")
