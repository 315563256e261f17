"""The loss thresholds the predicted mask with where(p >= 0.5, 1, 0) before comparing it, and that step function has no derivative, so no weight gets a gradient.
Source: http://xiaobeizi.cn/x/6JuuQQjucd
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "non-differentiable"
ALSO = ("host-call",)
SYMPTOM = "none"
WEIGHTS = ["ping_conv", "echo_conv", "wreck_mask"]
NEEDS_TRAINING = False
FIT_RAISES = True


def wreck_overlap_loss(truth, mask):
    """Mean squared difference between the surveyed mask and the decided one."""
    decided = ops.where(mask >= 0.5, 1.0, 0.0)  # BLAME
    gap = ops.square(truth - decided)
    return ops.mean(gap, axis=(1, 2, 3))


def seabed_segmenter(side):
    scan = keras.Input((side, side, 1), name="scan")
    h = layers.Conv2D(6, 3, padding="same", activation="relu", name="ping_conv")(scan)
    h = layers.Conv2D(6, 3, padding="same", activation="relu", name="echo_conv")(h)
    mask = layers.Conv2D(1, 1, activation="sigmoid", name="wreck_mask")(h)
    return keras.Model(scan, mask, name="seabed_segmenter")


def build():
    keras.utils.set_random_seed(11)
    rng = np.random.default_rng(11)
    side = 10
    model = seabed_segmenter(side)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=wreck_overlap_loss)
    x = rng.normal(size=(32, side, side, 1)).astype("float32")
    y = np.zeros_like(x)
    for i in range(len(x)):
        r, c = rng.integers(0, side - 4, size=2)
        y[i, r:r + 4, c:c + 4] = 1.0
    x += 1.5 * y
    return model, x, y
