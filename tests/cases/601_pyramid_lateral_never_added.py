"""A feature pyramid computes its lateral 1x1 convs, but the top-down path is smoothed without them: the add was lost in a rewrite."""
import keras
import numpy as np
from keras import layers, ops

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["lateral_0", "lateral_1"]
NEEDS_TRAINING = False


class PyramidSegmenter(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.stages = [
            layers.Conv2D(6 + 2 * i, 3, strides=2, padding="same", activation="relu", name=f"stage_{i}")
            for i in range(3)
        ]
        self.laterals = [layers.Conv2D(8, 1, name=f"lateral_{i}") for i in range(3)]
        self.smooths = [
            layers.Conv2D(8, 3, padding="same", activation="relu", name=f"smooth_{i}") for i in range(2)
        ]
        self.mask = layers.Conv2D(1, 1, activation="sigmoid", name="mask")

    def call(self, image):
        maps = []
        h = image
        for stage in self.stages:
            h = stage(h)
            maps.append(h)
        top = self.laterals[-1](maps[-1])
        for i in (1, 0):
            skip = self.laterals[i](maps[i])
            top = ops.repeat(ops.repeat(top, 2, axis=1), 2, axis=2)
            top = self.smooths[i](top)  # BLAME
        return self.mask(top)


def build():
    keras.utils.set_random_seed(601)
    model = PyramidSegmenter()
    model.compile(optimizer="adam", loss="binary_crossentropy")
    rng = np.random.default_rng(601)
    x = rng.random((64, 16, 16, 3)).astype("float32")
    y = (x[:, ::2, ::2].mean(-1, keepdims=True) > 0.5).astype("float32")
    return model, x, y
