"""Second stage of transfer learning: "fine tune from layer 100 on" is copied from a tutorial, but this base has six layers, so all of it is frozen again.

Source: https://github.com/keras-team/keras-io/issues/2385
"""
import keras
import numpy as np
from keras import layers

CODE = "frozen"
SYMPTOM = "frozen"
WEIGHTS = ["block_three", "block_four"]
NEEDS_TRAINING = False

FINE_TUNE_AT = 100
BLOCKS = ("block_one", "block_two", "block_three", "block_four")


def backbone():
    """Stands for a network with downloaded weights."""
    picture = keras.Input((16, 16, 3))
    h = picture
    for i, name in enumerate(BLOCKS):
        h = layers.Conv2D(4 + 2 * i, 3, strides=2, padding="same", activation="relu", name=name)(h)
    h = layers.GlobalAveragePooling2D(name="pooled")(h)
    return keras.Model(picture, h, name="backbone")


def open_for_tuning(base, first):
    """Everything from layer number `first` on is tuned, what lies below keeps its weights."""
    base.trainable = True
    for layer in base.layers[:first]:
        layer.trainable = False


def build():
    keras.utils.set_random_seed(607)
    base = backbone()
    base.trainable = False

    picture = keras.Input((16, 16, 3), name="leaf")
    h = layers.Rescaling(2.0, offset=-1.0)(picture)
    h = base(h, training=False)
    h = layers.Dropout(0.1)(h)
    disease = layers.Dense(4, activation="softmax", name="disease")(h)
    model = keras.Model(picture, disease)

    # stage two: the head is trained, now tune the top of the base as well
    open_for_tuning(base, FINE_TUNE_AT)  # BLAME
    model.compile(
        optimizer=keras.optimizers.Adam(1e-4),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    rng = np.random.default_rng(607)
    y = rng.integers(0, 4, 64)
    x = rng.uniform(0.0, 0.5, size=(64, 16, 16, 3))
    x[np.arange(64), 4 * y, :, 0] = 1.0
    return model, x.astype("float32"), y
