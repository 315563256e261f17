"""Healthy: an own JAX train_step that calls the model statelessly with training=True, clips the gradients by their norm and hands all state back.
Source: https://github.com/keras-team/keras/issues/20378
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
FIT_RAISES = False


class PulsarModel(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.fold = layers.Dense(16, activation="relu", name="fold")
        self.level = layers.BatchNormalization(name="level")
        self.period = layers.Dense(1, name="period")

    def build(self, input_shape):
        self.fold.build(input_shape)
        self.level.build((input_shape[0], 16))
        self.period.build((input_shape[0], 16))

    def call(self, profile, training=False):
        h = self.level(self.fold(profile), training=training)
        return self.period(h)

    def loss_with_state(self, trainable, non_trainable, x, y):
        y_pred, non_trainable = self.stateless_call(trainable, non_trainable, x, training=True)
        return self.compute_loss(x=x, y=y, y_pred=y_pred), (y_pred, non_trainable)

    def train_step(self, state, data):
        trainable, non_trainable, optimizer_state, metric_state = state
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        pull = jax.value_and_grad(self.loss_with_state, has_aux=True)
        (loss, (y_pred, non_trainable)), grads = pull(trainable, non_trainable, x, y)
        size = jnp.sqrt(sum(jnp.sum(jnp.square(g)) for g in grads))
        shrink = jnp.minimum(1.0, 5.0 / (size + 1e-9))
        grads = [g * shrink for g in grads]
        trainable, optimizer_state = self.optimizer.stateless_apply(
            optimizer_state, grads, trainable
        )
        logs, counted = {}, []
        for metric in self.metrics:
            own = metric_state[len(counted) : len(counted) + len(metric.variables)]
            if metric.name == "loss":
                own = metric.stateless_update_state(own, loss)
            else:
                own = metric.stateless_update_state(own, y, y_pred)
            logs[metric.name] = metric.stateless_result(own)
            counted += own
        return logs, (trainable, non_trainable, optimizer_state, counted)


def build():
    keras.utils.set_random_seed(544)
    model = PulsarModel(name="pulsar")
    model.build((None, 10))
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    rng = np.random.default_rng(544)
    x = rng.normal(size=(64, 10)).astype("float32")
    y = (x[:, :2].sum(1, keepdims=True) + 0.5).astype("float32")
    return model, x, y
