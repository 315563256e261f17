"""Healthy: Kendall's uncertainty weighting; a layer holds the log-variances, adds the whole loss with add_loss, compile gets no loss."""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class UncertaintyWeightedLoss(layers.Layer):
    def build(self, *shapes, **named):
        self.log_vars = self.add_weight(name="log_vars", shape=(2,), initializer="zeros")

    def call(self, depth_true, depth, label_true, logits):
        regression = ops.mean(ops.abs(depth_true - depth))
        classes = ops.mean(ops.sparse_categorical_crossentropy(ops.squeeze(label_true, -1), logits, from_logits=True))
        precision = ops.exp(-self.log_vars)
        self.add_loss(0.5 * precision[0] * regression + precision[1] * classes + 0.5 * ops.sum(self.log_vars))
        return depth


def build():
    keras.utils.set_random_seed(639)
    image = keras.Input((8, 8, 1), name="image")
    depth_true = keras.Input((1,), name="depth_true")
    label_true = keras.Input((1,), dtype="int32", name="label_true")
    h = layers.SeparableConv2D(8, 3, activation="relu", name="shared")(image)
    h = layers.GlobalAveragePooling2D()(h)
    depth = layers.Dense(1, name="depth")(h)
    logits = layers.Dense(3, name="logits")(h)
    out = UncertaintyWeightedLoss(name="task_weights")(depth_true, depth, label_true, logits)
    model = keras.Model({"image": image, "depth_true": depth_true, "label_true": label_true}, out)
    model.compile(optimizer="adam")
    rng = np.random.default_rng(639)
    x = {
        "image": rng.random((64, 8, 8, 1)).astype("float32"),
        "depth_true": rng.normal(size=(64, 1)).astype("float32"),
        "label_true": rng.integers(0, 3, (64, 1)).astype("int32"),
    }
    return model, x, None
