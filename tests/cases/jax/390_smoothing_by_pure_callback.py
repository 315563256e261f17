"""Between two layers a SciPy filter is called with jax.pure_callback: it runs in the forward pass, but JAX cannot differentiate it.

Source: https://github.com/jax-ml/jax/issues/16650
"""
import jax
import keras
import numpy as np
from keras import layers
from scipy.ndimage import gaussian_filter1d

CODE = "host-call"
ALSO = ("step-raises",)
SYMPTOM = "raises"
WEIGHTS = []
NEEDS_TRAINING = False


def smooth_on_host(signal, sigma):
    signal = np.asarray(signal)
    return gaussian_filter1d(signal, sigma, axis=1).astype(signal.dtype)


class SmoothEnvelope(layers.Layer):
    """Gaussian smoothing along time, by the routine that the lab has always used."""

    def __init__(self, sigma, **kwargs):
        super().__init__(**kwargs)
        self.sigma = sigma

    def call(self, signal):
        result = jax.ShapeDtypeStruct(signal.shape, signal.dtype)
        smooth = jax.pure_callback(lambda s: smooth_on_host(s, self.sigma), result, signal)  # BLAME
        return smooth

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(634)
    ecg = keras.Input((32, 1), name="ecg")
    h = layers.Conv1D(4, 5, padding="same", activation="relu", name="beat_filters")(ecg)
    h = SmoothEnvelope(1.5, name="envelope")(h)
    h = layers.MaxPooling1D(4)(h)
    h = layers.Flatten()(h)
    h = layers.Dense(8, activation="relu", name="rhythm_hidden")(h)
    model = keras.Model(ecg, layers.Dense(1, activation="sigmoid", name="arrhythmia")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy")

    rng = np.random.default_rng(634)
    sick = rng.random(64) < 0.5
    t = np.arange(32)[None, :]
    period = np.where(sick, 5.0, 8.0)[:, None] + rng.normal(scale=0.3, size=(64, 1))
    x = np.sin(2.0 * np.pi * t / period) ** 9 + 0.1 * rng.normal(size=(64, 32))
    return model, x[..., None].astype("float32"), sick.astype("float32")[:, None]
