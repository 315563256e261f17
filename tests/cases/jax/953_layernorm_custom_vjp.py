"""Layer normalisation with a hand written backward pass, inside a small MLP-mixer.

Source: https://github.com/jax-ml/jax/issues/9087
"""
import jax
import jax.numpy as jnp
import numpy as np
import keras
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["patch_embed"]
NEEDS_TRAINING = False


@jax.custom_vjp
def normalize(x):
    mu = jnp.mean(x, -1, keepdims=True)
    var = jnp.var(x, -1, keepdims=True)
    return (x - mu) * jax.lax.rsqrt(var + 1e-5)


def normalize_fwd(x):
    mu = jnp.mean(x, -1, keepdims=True)
    var = jnp.var(x, -1, keepdims=True)
    rstd = jax.lax.rsqrt(var + 1e-5)
    return (x - mu) * rstd, ((x - mu) * rstd, rstd)


def normalize_bwd(res, g):
    xhat, rstd = res
    dx = (g - jnp.mean(g, -1, keepdims=True)) * rstd  # BLAME
    return (dx,)


normalize.defvjp(normalize_fwd, normalize_bwd)


class FastLayerNorm(layers.Layer):
    def build(self, shape):
        self.gamma = self.add_weight(name="gamma", shape=(shape[-1],), initializer="ones")
        self.beta = self.add_weight(name="beta", shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return normalize(x) * self.gamma + self.beta


class MixerBlock(layers.Layer):
    def __init__(self, tokens, dim, **kwargs):
        super().__init__(**kwargs)
        self.norm = FastLayerNorm(name="norm")
        self.token_mix = layers.Dense(tokens, activation="gelu", name="token_mix")
        self.channel_mix = layers.Dense(dim, activation="gelu", name="channel_mix")

    def build(self, shape):
        b, t, d = shape
        self.norm.build(shape)
        self.token_mix.build((b, d, t))
        self.channel_mix.build(shape)

    def call(self, x):
        h = self.norm(x)
        h = jnp.swapaxes(self.token_mix(jnp.swapaxes(h, 1, 2)), 1, 2)
        return self.channel_mix(h)


def build():
    keras.utils.set_random_seed(2001)
    rng = np.random.default_rng(2001)
    patches = keras.Input((4, 6))
    h = layers.Dense(5, name="patch_embed")(patches)
    h = MixerBlock(4, 5, name="mixer")(h)
    h = layers.Flatten()(h)
    out = layers.Dense(2, name="xy")(h)
    model = keras.Model(patches, out)
    model.compile(optimizer="adam", loss="mse")
    x = rng.normal(size=(64, 4, 6)).astype("float32")
    return model, x, np.stack([x[:, 0, 0], x[:, 1, 2] - x[:, 3, 3]], 1).astype("float32") * 2.0
