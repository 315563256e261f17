"""Point set encoder with pairwise distances, zero distances handled by a double where.

Source: https://github.com/jax-ml/jax/issues/5798
"""
import jax
import jax.numpy as jnp
import numpy as np
import keras
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def safe_norm(d):
    sq = jnp.sum(d * d, axis=-1)
    zero = sq == 0.0
    return jnp.where(zero, 0.0, jnp.sqrt(jnp.where(zero, 1.0, sq)))


@jax.custom_vjp
def clip_cotangent(x):
    return x


clip_cotangent.defvjp(lambda x: (x, None), lambda _, g: (jnp.clip(g, -10.0, 10.0),))


class PairFeatures(layers.Layer):
    def __init__(self, dim, **kwargs):
        super().__init__(**kwargs)
        self.lift = layers.Dense(dim, name="lift")

    def build(self, shape):
        self.lift.build(shape)
        self.log_width = self.add_weight(name="log_width", shape=(8,), initializer="zeros")

    def call(self, pts):
        z = clip_cotangent(self.lift(pts))
        dist = safe_norm(z[:, :, None] - z[:, None])
        centres = jnp.linspace(0.0, 3.0, 8)
        rbf = jnp.exp(-((dist[..., None] - centres) ** 2) * jnp.exp(self.log_width.value))
        return jnp.mean(rbf, axis=(1, 2))

    def compute_output_shape(self, shape):
        return (shape[0], 8)


def build():
    keras.utils.set_random_seed(2008)
    rng = np.random.default_rng(2008)
    pts = keras.Input((6, 3))
    h = PairFeatures(4, name="pairs")(pts)
    h = layers.Dense(16, activation="relu", name="hidden")(h)
    out = layers.Dense(1, name="spread")(h)
    model = keras.Model(pts, out)
    model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="mse")
    x = (rng.normal(size=(96, 6, 3)) * rng.uniform(0.3, 1.5, (96, 1, 1))).astype("float32")
    x[:, 5] = x[:, 4]
    return model, x, x.std(axis=(1, 2))[:, None]
