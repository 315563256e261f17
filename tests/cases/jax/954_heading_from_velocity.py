"""Heading and speed of an agent, standing agents have zero velocity.

Source: https://github.com/jax-ml/jax/issues/1052
"""
import jax
import jax.numpy as jnp
import numpy as np
import keras
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["lidar", "velocity"]
NEEDS_TRAINING = False


def polar(v):
    vx, vy = v[..., 0], v[..., 1]
    speed = jnp.sqrt(vx**2 + vy**2 + 1e-6)
    angle = jnp.arctan2(vy, vx)  # BLAME
    angle = jnp.where(speed > 1e-2, angle, 0.0)
    return speed, angle


class Motion(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.velocity = layers.Dense(2, name="velocity")

    def build(self, h_shape, moving_shape):
        self.velocity.build(h_shape)

    def call(self, h, moving):
        v = self.velocity(h) * moving
        speed, angle = polar(v)
        return jnp.stack([speed, jnp.sin(angle), jnp.cos(angle)], axis=-1)

    def compute_output_shape(self, h_shape, moving_shape):
        return (h_shape[0], 3)


def build():
    keras.utils.set_random_seed(2002)
    rng = np.random.default_rng(2002)
    scan = keras.Input((16,), name="scan")
    moving = keras.Input((1,), name="moving")
    h = layers.Dense(24, activation="tanh", name="lidar")(scan)
    m = Motion(name="motion")(h, moving)
    m = layers.Dense(16, activation="tanh", name="plan")(m)
    out = layers.Dense(2, name="steer")(m)
    model = keras.Model([scan, moving], out)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="huber")
    x = rng.normal(size=(64, 16)).astype("float32")
    flag = (rng.random((64, 1)) < 0.8).astype("float32")
    return model, [x, flag], np.tanh(x[:, :2])
