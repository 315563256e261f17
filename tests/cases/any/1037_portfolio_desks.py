"""The second output's loss has the weight 0.0, left over from an experiment, so its branch gets zero gradients.
Source: https://github.com/keras-team/keras/issues/5045
"""
import keras
import numpy as np
from keras import layers

CODE = "no-loss"
ALSO = ("zero-signal",)
SYMPTOM = "zero"
WEIGHTS = ["drawdown_desk", "drawdown"]
NEEDS_TRAINING = False
FIT_RAISES = False


def build():
    keras.utils.set_random_seed(537)
    quotes = keras.Input((12,), name="quotes")
    trunk = layers.Dense(16, activation="relu", name="tape")(quotes)
    a = layers.Dense(8, activation="relu", name="spread_desk")(trunk)
    spread = layers.Dense(1, name="spread")(a)
    b = layers.Dense(8, activation="relu", name="drawdown_desk")(trunk)
    drawdown = layers.Dense(1, activation="softplus", name="drawdown")(b)
    model = keras.Model(quotes, [spread, drawdown])
    model.compile(
        optimizer=keras.optimizers.Adam(0.005),
        loss=["mse", "mse"],
        loss_weights=[1.0, 0.0],  # BLAME
    )
    rng = np.random.default_rng(537)
    x = rng.normal(size=(64, 12)).astype("float32")
    y_spread = x[:, :3].sum(1, keepdims=True).astype("float32")
    y_drawdown = np.abs(x.min(1, keepdims=True)).astype("float32")
    return model, x, [y_spread, y_drawdown]
