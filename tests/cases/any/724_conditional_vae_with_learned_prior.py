"""Healthy: a conditional VAE whose KL term to a learned prior is added with add_loss; one condition is a constant, as some sensors are."""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False  # fresh noise at every call


class GaussianLatent(layers.Layer):
    def __init__(self, beta=0.1, **kwargs):
        super().__init__(**kwargs)
        self.beta = beta
        self.noise = keras.random.SeedGenerator(724)

    def call(self, posterior, prior):
        q_mean, q_log_var = ops.split(posterior, 2, axis=-1)
        p_mean, p_log_var = ops.split(prior, 2, axis=-1)
        kl = 0.5 * (
            p_log_var - q_log_var + (ops.exp(q_log_var) + ops.square(q_mean - p_mean)) / ops.exp(p_log_var) - 1.0
        )
        self.add_loss(self.beta * ops.mean(ops.sum(kl, axis=-1)))
        eps = keras.random.normal(ops.shape(q_mean), seed=self.noise)
        return q_mean + ops.exp(0.5 * q_log_var) * eps

    def compute_output_shape(self, posterior_shape, prior_shape):
        return (posterior_shape[0], posterior_shape[-1] // 2)


def build():
    keras.utils.set_random_seed(724)
    curve = keras.Input((14,), name="curve")
    condition = keras.Input((3,), name="condition")
    h = layers.Concatenate()([curve, condition])
    h = layers.Dense(20, activation="swish", name="encode")(h)
    posterior = layers.Dense(8, name="posterior")(h)
    prior = layers.Dense(8, name="prior")(layers.Dense(10, activation="tanh", name="prior_hidden")(condition))
    z = GaussianLatent(name="latent")(posterior, prior)
    h = layers.Dense(20, activation="swish", name="decode")(layers.Concatenate()([z, condition]))
    model = keras.Model([curve, condition], layers.Dense(14, name="curve_again")(h))
    model.compile(optimizer=keras.optimizers.AdamW(1e-3), loss="mse")
    rng = np.random.default_rng(724)
    c = rng.normal(size=(64, 3)).astype("float32")
    c[:, 2] = 1.0
    t = np.linspace(0, 2, 14)
    x = np.sin(t * (1 + 0.3 * c[:, :1])) + 0.1 * rng.normal(size=(64, 14))
    return model, [x.astype("float32"), c], x.astype("float32")
