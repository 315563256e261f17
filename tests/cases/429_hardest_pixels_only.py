"""Healthy: a crack segmenter trains on the hardest quarter of the pixels; top_k drops most errors but its values carry the gradient.

Source: https://github.com/keras-team/keras/issues/6569
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False

SIDE = 10
KEPT = SIDE * SIDE // 4


class HardestPixels(keras.losses.Loss):
    """mean cross-entropy of the `kept` worst pixels of every image"""

    def __init__(self, kept, **kwargs):
        super().__init__(**kwargs)
        self.kept = kept

    def call(self, y_true, y_pred):
        error = keras.losses.binary_crossentropy(y_true, y_pred, from_logits=True)
        error = ops.reshape(error, (-1, SIDE * SIDE))
        worst, _ = ops.top_k(error, self.kept, sorted=False)
        return ops.mean(worst, axis=-1)


def build():
    keras.utils.set_random_seed(429)
    photo = keras.Input((SIDE, SIDE, 1), name="photo")
    h = layers.Conv2D(8, 3, padding="same", activation="relu", name="concrete_a")(photo)
    h = layers.SpatialDropout2D(0.1, seed=5, name="drop")(h)
    h = layers.Conv2D(8, 3, padding="same", activation="relu", name="concrete_b")(h)
    crack = layers.Conv2D(1, 1, name="crack")(h)
    model = keras.Model(photo, crack, name="crack_finder")
    model.compile(optimizer=keras.optimizers.Adam(5e-3), loss=HardestPixels(KEPT))
    rng = np.random.default_rng(429)
    mask = np.zeros((64, SIDE, SIDE, 1), "float32")
    for i in range(64):
        mask[i, rng.integers(0, SIDE)] = 1.0
    x = 0.8 - 0.5 * mask + rng.normal(scale=0.1, size=mask.shape)
    x = (x - x.mean()) / x.std()
    return model, x.astype("float32"), mask
