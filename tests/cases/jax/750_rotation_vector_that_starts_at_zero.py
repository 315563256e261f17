"""A pose head starts with the zero rotation; Rodrigues' formula guards the division by |w| with where, but not the root inside."""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["view_hidden", "rotation_vector"]
NEEDS_TRAINING = False


def rotate(w, points):
    """Rotates points (n, 3) by the rotation vector w (3,)."""
    angle = jnp.sqrt(jnp.sum(w * w))  # BLAME
    axis = jnp.where(angle > 1e-6, w / jnp.maximum(angle, 1e-6), jnp.array([1.0, 0.0, 0.0]))
    parallel = (points @ axis)[:, None] * axis
    sideways = jnp.cross(axis[None, :], points)
    return parallel + jnp.cos(angle) * (points - parallel) + jnp.sin(angle) * sideways


class RotateTemplate(layers.Layer):
    def __init__(self, corners, **kwargs):
        super().__init__(**kwargs)
        self.corners = corners

    def build(self, input_shape):
        self.template = self.add_weight(name="template", shape=(self.corners, 3), initializer="random_normal")

    def call(self, w):
        return jax.vmap(rotate, in_axes=(0, None))(w, self.template.value)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.corners, 3)


def build():
    keras.utils.set_random_seed(750)
    view = keras.Input((10,), name="view")
    h = layers.Dense(12, activation="relu", name="view_hidden")(view)
    w = layers.Dense(3, kernel_initializer="zeros", name="rotation_vector")(h)
    model = keras.Model(view, RotateTemplate(5, name="rotate")(w))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(750)
    x = rng.normal(size=(64, 10)).astype("float32")
    return model, x, np.tanh(rng.normal(size=(64, 5, 3))).astype("float32")
