"""A soft clip x / (1 + |x|) has a custom_vjp that saves the denominator and divides by it once instead of twice.

Source: https://github.com/jax-ml/jax/issues/17496
"""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["beam_one", "beam_two"]
NEEDS_TRAINING = False


@jax.custom_vjp
def soft_clip(x):
    return x / (1.0 + jnp.abs(x))


def soft_clip_forward(x):
    denominator = 1.0 + jnp.abs(x)
    return x / denominator, denominator


def soft_clip_backward(denominator, upstream):
    return (upstream / denominator,)  # BLAME


soft_clip.defvjp(soft_clip_forward, soft_clip_backward)


class SoftClip(layers.Layer):
    """Keeps amplitudes inside (-1, 1) and saves the memory for |x|."""

    def call(self, x):
        return soft_clip(x)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(632)
    samples = keras.Input((24,), name="samples")
    h = layers.Dense(16, name="beam_one")(samples)
    h = SoftClip(name="clip_one")(h)
    h = layers.Dense(8, name="beam_two")(h)
    h = SoftClip(name="clip_two")(h)
    angle = layers.Dense(1, name="angle")(h)
    model = keras.Model(samples, angle)
    model.compile(optimizer=keras.optimizers.SGD(2e-2, momentum=0.9), loss="mse")

    rng = np.random.default_rng(632)
    bearing = rng.uniform(-1.0, 1.0, size=(64, 1))
    phase = np.arange(24)[None, :] * 0.4
    x = 2.0 * np.cos(phase + 2.0 * bearing) + 0.2 * rng.normal(size=(64, 24))
    return model, x.astype("float32"), bearing.astype("float32")
