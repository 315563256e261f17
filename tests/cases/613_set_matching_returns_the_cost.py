"""A DETR-like detector matches boxes in numpy; the function should return the assignment but returns the finished cost."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "host-call"
SYMPTOM = "none"
WEIGHTS = ["box_hidden", "boxes"]
NEEDS_TRAINING = False


def greedy_match_cost(true_boxes, pred_boxes):
    costs = np.zeros(len(true_boxes), "float32")
    for b, (t, p) in enumerate(zip(true_boxes, pred_boxes)):
        pairwise = np.abs(t[:, None] - p[None]).sum(-1)
        for _ in range(len(t)):
            i, j = np.unravel_index(pairwise.argmin(), pairwise.shape)
            costs[b] += pairwise[i, j]
            pairwise[i, :] = np.inf
            pairwise[:, j] = np.inf
    return costs


def matched_box_loss(y_true, y_pred):
    cost = tf.numpy_function(greedy_match_cost, [y_true, y_pred], tf.float32)  # BLAME
    cost.set_shape((None,))
    return cost


def build():
    keras.utils.set_random_seed(613)
    image = keras.Input((12, 12, 1))
    h = layers.Conv2D(6, 3, strides=2, activation="relu", name="backbone")(image)
    h = layers.Flatten()(h)
    b = layers.Dense(10, activation="relu", name="box_hidden")(h)
    boxes = layers.Dense(3 * 4, activation="sigmoid", name="boxes")(b)
    boxes = layers.Reshape((3, 4), name="box_set")(boxes)
    count = layers.Dense(4, activation="softmax", name="count")(h)
    model = keras.Model(image, {"box_set": boxes, "count": count})
    model.compile(
        optimizer="adam",
        loss={"box_set": matched_box_loss, "count": "sparse_categorical_crossentropy"},
    )
    rng = np.random.default_rng(613)
    x = rng.random((64, 12, 12, 1)).astype("float32")
    return model, x, {"box_set": rng.random((64, 3, 4)).astype("float32"), "count": rng.integers(0, 4, 64)}
