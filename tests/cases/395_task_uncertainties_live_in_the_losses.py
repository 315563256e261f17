"""Depth and normals are weighted by learned uncertainties, but the two variables sit in the loss functions and are never trained.

Source: https://github.com/keras-team/keras/issues/13844
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = []
UNTRACKED = ["log_var_depth", "log_var_normal"]
NEEDS_TRAINING = False


def uncertain(base_loss, task):
    """exp(-s) * loss + s with a learned s, one for each task"""
    log_var = tf.Variable(0.3, trainable=True, name=f"log_var_{task}")

    def loss(y_true, y_pred):
        error = tf.reduce_mean(base_loss(y_true, y_pred))
        return tf.exp(-log_var) * error + log_var  # BLAME

    return loss


def cosine_gap(y_true, y_pred):
    y_true = tf.math.l2_normalize(y_true, axis=-1)
    y_pred = tf.math.l2_normalize(y_pred, axis=-1)
    return 1.0 - tf.reduce_sum(y_true * y_pred, axis=-1)


def build():
    keras.utils.set_random_seed(395)
    image = keras.Input((8, 8, 3), name="image")
    h = layers.Conv2D(8, 3, padding="same", activation="gelu", name="scene_a")(image)
    h = layers.Conv2D(8, 3, padding="same", activation="gelu", name="scene_b")(h)
    depth = layers.Conv2D(1, 1, activation="softplus", name="depth")(h)
    normal = layers.Conv2D(3, 1, name="normal")(h)
    model = keras.Model(image, {"depth": depth, "normal": normal}, name="scene")
    model.compile(
        optimizer=keras.optimizers.Adam(2e-3),
        loss={
            "depth": uncertain(keras.losses.mean_absolute_error, "depth"),
            "normal": uncertain(cosine_gap, "normal"),
        },
    )
    rng = np.random.default_rng(395)
    x = rng.random((64, 8, 8, 3)).astype("float32")
    y = {"depth": x[..., :1] + 0.5, "normal": x - 0.5 + 0.01}
    return model, x, y
