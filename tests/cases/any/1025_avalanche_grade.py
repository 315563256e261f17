"""The layer picks the most probable danger grade with argmax and looks its number up, so no derivative reaches the probabilities.
Source: https://github.com/keras-team/keras/issues/12606
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "non-differentiable"
ALSO = ("host-call",)
SYMPTOM = "none"
WEIGHTS = ["slope_features", "grade_odds"]
NEEDS_TRAINING = False
FIT_RAISES = True


class GradeLookup(layers.Layer):
    """Turns the odds of five danger grades into one published number."""

    def __init__(self, published, **kwargs):
        super().__init__(**kwargs)
        self.published = np.asarray(published, "float32")

    def call(self, odds):
        picked = ops.argmax(odds, axis=-1)  # BLAME
        number = ops.take(ops.convert_to_tensor(self.published), picked)
        return ops.expand_dims(number, -1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], 1)


def build():
    keras.utils.set_random_seed(525)
    bulletin = keras.Input((6,), name="bulletin")
    h = layers.Dense(12, activation="relu", name="slope_features")(bulletin)
    odds = layers.Dense(5, activation="softmax", name="grade_odds")(h)
    grade = GradeLookup([1.0, 1.8, 2.7, 3.9, 5.0], name="grade_lookup")(odds)
    model = keras.Model(bulletin, grade)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mean_squared_error")
    rng = np.random.default_rng(525)
    x = rng.normal(size=(64, 6)).astype("float32")
    y = np.clip(3 + x[:, :1] - 0.5 * x[:, 1:2], 1, 5).astype("float32")
    return model, x, y
