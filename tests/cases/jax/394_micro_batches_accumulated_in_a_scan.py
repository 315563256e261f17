"""Healthy: a stateless train_step that sums the gradients of four micro-batches in lax.scan and clips them by their global norm.

Source: https://github.com/keras-team/keras/issues/18923
"""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False

MICRO = 4


class Accumulating(keras.Model):
    def __init__(self, limit=1.0, **kwargs):
        super().__init__(**kwargs)
        self.limit = limit
        self.hidden = layers.Dense(20, activation="gelu", name="hidden")
        self.norm = layers.LayerNormalization(name="norm")
        self.classes = layers.Dense(3, name="classes")

    def call(self, x, training=None):
        return self.classes(self.norm(self.hidden(x)))

    def loss_of(self, trainable, non_trainable, x, y):
        logits, _ = self.stateless_call(trainable, non_trainable, x, training=True)
        picked = jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], axis=-1)
        return -jnp.mean(picked)

    def train_step(self, state, data):
        trainable, non_trainable, optimizer_variables, metrics = state
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        parts = jax.tree.map(lambda a: a.reshape(MICRO, -1, *a.shape[1:]), (x, y))
        grad_fn = jax.value_and_grad(self.loss_of)

        def one_part(total, part):
            loss, grads = grad_fn(trainable, non_trainable, *part)
            return jax.tree.map(jnp.add, total, (loss, grads)), None

        zero = (jnp.zeros(()), [jnp.zeros_like(v) for v in trainable])
        (loss, grads), _ = jax.lax.scan(one_part, zero, parts)
        norm = jnp.sqrt(sum(jnp.sum(jnp.square(g)) for g in grads)) / MICRO
        factor = jnp.minimum(1.0, self.limit / (norm + 1e-6)) / MICRO
        grads = [factor * g for g in grads]
        trainable, optimizer_variables = self.optimizer.stateless_apply(optimizer_variables, grads, trainable)
        logs = {"loss": loss / MICRO, "gradient_norm": norm}
        return logs, (trainable, non_trainable, optimizer_variables, metrics)


def build():
    keras.utils.set_random_seed(638)
    rng = np.random.default_rng(638)
    y = rng.integers(0, 3, 64).astype("int32")
    x = (rng.normal(size=(64, 9)) + 1.5 * np.eye(3, 9)[y]).astype("float32")
    model = Accumulating()
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(1e-2))
    return model, x, y
