"""LSTM price model with a loss that rewards the right direction.

Source: https://github.com/keras-team/keras/issues/4175
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "zero-derivative"
ALSO = ("non-differentiable", "no-loss")
SYMPTOM = "zero"
WEIGHTS = ["lstm", "fc", "price"]
NEEDS_TRAINING = False


def stock_loss(y_true, y_pred):
    last = y_true[:, 0:1]
    nxt = y_true[:, 1:2]
    true_dir = tf.sign(nxt - last)
    pred_dir = tf.sign(y_pred - last)  # BLAME
    wrong = 1.0 - true_dir * pred_dir
    weight = tf.abs(nxt - last)
    return tf.reduce_mean(wrong * weight, axis=-1)


def build():
    keras.utils.set_random_seed(171)
    rng = np.random.default_rng(171)
    steps = rng.normal(scale=0.1, size=(80, 16)).cumsum(axis=1).astype("float32")
    x = steps[:, :15, None]
    y = np.stack([steps[:, 14], steps[:, 15]], axis=1)
    model = keras.Sequential()
    model.add(keras.Input((15, 1)))
    model.add(layers.LSTM(12, name="lstm"))
    model.add(layers.Dense(8, activation="relu", name="fc"))
    model.add(layers.Dense(1, name="price"))
    model.compile(loss=stock_loss, optimizer="adam")
    return model, x, y
