"""A SimSiam train_step stops the gradient of the projections once, before both uses: the predictor learns alone, the encoder gets zeros.

Source: https://github.com/PatrickHua/SimSiam/issues/39
"""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["encoder_hidden", "encoder_out"]
NEEDS_TRAINING = False


def cosine(a, b):
    a = a * jax.lax.rsqrt(jnp.sum(a * a, axis=-1, keepdims=True) + 1e-8)
    b = b * jax.lax.rsqrt(jnp.sum(b * b, axis=-1, keepdims=True) + 1e-8)
    return jnp.sum(a * b, axis=-1)


class SimSiam(keras.Model):
    """Two noisy views of one spectrum; each is to be predicted from the other."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(24, activation="relu", name="encoder_hidden")
        self.out = layers.Dense(12, name="encoder_out")
        self.predict_hidden = layers.Dense(8, activation="relu", name="predictor_hidden")
        self.predict_out = layers.Dense(12, name="predictor_out")

    def call(self, views, training=None):
        both = jnp.concatenate([views[:, 0], views[:, 1]], axis=0)
        z = self.out(self.hidden(both))
        z = jax.lax.stop_gradient(z)  # BLAME
        p = self.predict_out(self.predict_hidden(z))
        z_one, z_two = jnp.split(z, 2)
        p_one, p_two = jnp.split(p, 2)
        return jnp.stack([cosine(p_one, z_two), cosine(p_two, z_one)], axis=-1)

    def compute_loss_and_updates(self, trainable, non_trainable, views):
        similarity, non_trainable = self.stateless_call(trainable, non_trainable, views, training=True)
        return -jnp.mean(similarity), non_trainable

    def train_step(self, state, data):
        trainable, non_trainable, optimizer_variables, metrics = state
        views, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        grad_fn = jax.value_and_grad(self.compute_loss_and_updates, has_aux=True)
        (loss, non_trainable), grads = grad_fn(trainable, non_trainable, views)
        trainable, optimizer_variables = self.optimizer.stateless_apply(optimizer_variables, grads, trainable)
        return {"simsiam": loss}, (trainable, non_trainable, optimizer_variables, metrics)


def build():
    keras.utils.set_random_seed(633)
    rng = np.random.default_rng(633)
    spectra = rng.normal(size=(64, 1, 20)) @ rng.normal(size=(20, 20)) / 4.0
    views = (spectra + 0.2 * rng.normal(size=(64, 2, 20))).astype("float32")
    model = SimSiam()
    model(views[:2])
    model.compile(optimizer=keras.optimizers.Adam(3e-3))
    return model, views, None
