"""With prices of several thousand as targets, the learning rate of 0.1 throws the hidden relu units far to the negative side in the first steps, after which they put out only zeros and never move again.
Source: https://medium.com/analytics-vidhya/is-relu-dead-27943b50102
"""
import numpy as np
import keras
from keras import layers

CODE = "dead-activation"
SYMPTOM = "zero"
WEIGHTS = ["mine_dense", "usd_per_tonne/kernel"]
NEEDS_TRAINING = True
FIT_RAISES = False


def build():
    keras.utils.set_random_seed(26)
    rng = np.random.default_rng(26)
    market = keras.Input((6,), name="market")
    h = layers.Dense(16, activation="relu", name="mine_dense")(market)
    price = layers.Dense(1, name="usd_per_tonne")(h)
    model = keras.Model(market, price, name="copper_price")
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.1), loss="mse")  # BLAME
    x = rng.uniform(-1.0, 1.0, size=(64, 6)).astype("float32")
    y = (6500 + 2500 * x[:, :1] - 900 * x[:, 2:3]).astype("float32")
    return model, x, y
