"""Healthy: depth and surface class from one trunk, the two losses weighed by learned log-variances inside a loss layer that gets the targets as inputs.

Source: https://github.com/lyp-deeplearning/MOS-Multi-Task-Face-Detect/issues/7
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class UncertaintyLoss(layers.Layer):
    """exp(-s) * loss + s for each task, with a learned s; passes the predictions on."""

    def build(self, *shapes):
        self.log_variance = self.add_weight(name="log_variance", shape=(2,), initializer="zeros")

    def call(self, depth, surface, true_depth, true_surface):
        wrong_depth = ops.mean(ops.abs(true_depth - depth))
        picked = ops.one_hot(true_surface[:, 0], surface.shape[-1])
        wrong_surface = -ops.mean(ops.sum(picked * ops.log_softmax(surface, axis=-1), axis=-1))
        losses = ops.stack([wrong_depth, wrong_surface])
        self.add_loss(ops.sum(ops.exp(-self.log_variance) * losses + self.log_variance))
        return depth, surface

    def compute_output_shape(self, depth_shape, surface_shape, *others):
        return depth_shape, surface_shape


def build():
    keras.utils.set_random_seed(615)
    patch = keras.Input((8, 8, 2), name="patch")
    true_depth = keras.Input((1,), name="true_depth")
    true_surface = keras.Input((1,), dtype="int32", name="true_surface")

    h = layers.Conv2D(8, 3, padding="same", activation="swish", name="trunk_conv")(patch)
    h = layers.GroupNormalization(2, name="trunk_norm")(h)
    h = layers.AveragePooling2D(2)(h)
    h = layers.Flatten()(h)
    depth = layers.Dense(1, name="depth")(h)
    surface = layers.Dense(3, name="surface")(h)
    outputs = UncertaintyLoss(name="weighing")(depth, surface, true_depth, true_surface)

    model = keras.Model([patch, true_depth, true_surface], outputs)
    model.compile(optimizer=keras.optimizers.Adam(2e-3, clipnorm=5.0))
    rng = np.random.default_rng(615)
    kind = rng.integers(0, 3, (64, 1)).astype("int32")
    far = rng.uniform(1.0, 3.0, size=(64, 1)).astype("float32")
    x = rng.normal(scale=0.3, size=(64, 8, 8, 2))
    x[..., 0] += far[:, :, None]
    x[..., 1] += kind[:, :, None]
    return model, [x.astype("float32"), far, kind], None
