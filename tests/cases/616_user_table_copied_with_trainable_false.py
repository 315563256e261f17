"""A two-tower recommender: trainable=False was copied from the pretrained item table to the randomly initialised user table."""
import keras
import numpy as np
from keras import layers

CODE = "frozen"
SYMPTOM = "frozen"
WEIGHTS = ["user_table"]
NEEDS_TRAINING = False


class Tower(layers.Layer):
    def __init__(self, rows, units, name):
        super().__init__(name=name)
        self.rows, self.units = rows, units

    def build(self, input_shape):
        self.table = self.add_weight(name=f"{self.name}_table", shape=(self.rows, self.units), initializer="random_normal", trainable=False)  # BLAME
        self.project = layers.Dense(6, name="project")
        self.project.build((None, self.units))

    def call(self, ids):
        return self.project(keras.ops.take(self.table, ids, axis=0))


def build():
    keras.utils.set_random_seed(616)
    user = keras.Input((), dtype="int32", name="user_id")
    item = keras.Input((4,), name="item_features")
    u = Tower(40, 8, name="user")(user)
    i = layers.Dense(6, activation="relu", name="item_tower")(item)
    model = keras.Model([user, item], layers.Dot(axes=1, name="affinity")([u, i]))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(616)
    x = [rng.integers(0, 40, 64).astype("int32"), rng.normal(size=(64, 4)).astype("float32")]
    return model, x, rng.normal(size=(64, 1)).astype("float32")
