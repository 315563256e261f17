"""Mixed precision, loss scaling, dropout and batch norm.

Source: https://github.com/keras-team/keras/issues/16552
"""
import numpy as np
import keras
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def block(x, f, name, policy):
    x = layers.Conv2D(f, 3, padding="same", use_bias=False, name=name, dtype=policy)(x)
    x = layers.BatchNormalization(name=name + "_bn", dtype=policy)(x)
    x = layers.LeakyReLU(dtype=policy)(x)
    return layers.MaxPooling2D(dtype=policy)(x)


def build():
    keras.utils.set_random_seed(331)
    rng = np.random.default_rng(331)
    policy = keras.DTypePolicy("mixed_float16")
    inp = keras.Input((8, 8, 3))
    h = block(inp, 8, "c1", policy)
    h = block(h, 16, "c2", policy)
    h = layers.Flatten(dtype=policy)(h)
    h = layers.Dropout(0.25, dtype=policy)(h)
    h = layers.Dense(16, activation="relu", name="fc", dtype=policy)(h)
    out = layers.Dense(3, activation="softmax", dtype="float32", name="probs")(h)
    model = keras.Model(inp, out)
    opt = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(2e-3), initial_scale=2.0**12)
    model.compile(optimizer=opt, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    y = rng.integers(0, 3, 96)
    x = (rng.normal(size=(96, 8, 8, 3)) + np.eye(3)[y][:, None, None, :]).astype("float32")
    return model, x, y
