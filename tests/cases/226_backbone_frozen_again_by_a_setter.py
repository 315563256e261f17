"""Fine-tuning was meant, but the encoder is frozen right before compile."""

import keras
import numpy as np
from keras import layers

CODE = "frozen"
SYMPTOM = "frozen"
WEIGHTS = ["scan_a", "scan_b"]
NEEDS_TRAINING = False


def make_encoder():
    return keras.Sequential(
        [
            keras.Input((16, 2)),
            layers.Conv1D(6, 3, activation="relu", name="scan_a"),
            layers.Conv1D(6, 3, activation="relu", name="scan_b"),
            layers.GlobalMaxPooling1D(),
        ],
        name="encoder",
    )


def build():
    keras.utils.set_random_seed(226)
    encoder = make_encoder()
    encoder.trainable = False  # BLAME
    signal = keras.Input((16, 2))
    model = keras.Model(
        signal, layers.Dense(1, activation="sigmoid", name="alarm")(encoder(signal))
    )
    model.compile(optimizer="adam", loss="binary_crossentropy")
    rng = np.random.default_rng(226)
    x = rng.normal(size=(64, 16, 2)).astype("float32")
    return model, x, (x.max(axis=(1, 2)) > 2.5).astype("float32")[:, None]
