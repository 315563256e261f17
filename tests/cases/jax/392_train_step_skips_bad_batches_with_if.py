"""A custom train_step wants to skip batches whose loss is far above the running one and writes a Python if about a traced value.

Source: https://github.com/jax-ml/jax/issues/24740
"""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "step-raises"
SYMPTOM = "raises"
WEIGHTS = []
NEEDS_TRAINING = False


class RobustRegressor(keras.Model):
    """Leaves the weights alone when a batch of crowd labels looks broken."""

    def __init__(self, limit=50.0, **kwargs):
        super().__init__(**kwargs)
        self.limit = limit
        self.hidden = layers.Dense(16, activation="relu", name="hidden")
        self.score = layers.Dense(1, name="score")

    def call(self, x, training=None):
        return self.score(self.hidden(x))

    def loss_and_updates(self, trainable, non_trainable, x, y):
        guess, non_trainable = self.stateless_call(trainable, non_trainable, x, training=True)
        return jnp.mean(jnp.square(y - guess)), non_trainable

    def train_step(self, state, data):
        trainable, non_trainable, optimizer_variables, metrics = state
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        grad_fn = jax.value_and_grad(self.loss_and_updates, has_aux=True)
        (loss, non_trainable), grads = grad_fn(trainable, non_trainable, x, y)
        if loss < self.limit:  # BLAME
            trainable, optimizer_variables = self.optimizer.stateless_apply(
                optimizer_variables, grads, trainable
            )
        return {"loss": loss}, (trainable, non_trainable, optimizer_variables, metrics)


def build():
    keras.utils.set_random_seed(636)
    rng = np.random.default_rng(636)
    x = rng.normal(size=(64, 8)).astype("float32")
    y = x[:, :1] * x[:, 1:2] + 0.1 * rng.normal(size=(64, 1))
    y[::20] += 100.0
    model = RobustRegressor()
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model, x, y.astype("float32")
