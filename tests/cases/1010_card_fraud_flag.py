"""The single output unit has a softmax activation, which is 1 whatever goes in, so the loss cannot change and all gradients are zero.
Source: http://pullrequest.ru/13403374/prognozirovanie-tolko-odnogo-klassa
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "zero-derivative"
ALSO = ("zero-signal", "saturated")
SYMPTOM = "zero"
WEIGHTS = ["merchant_dense", "amount_dense", "fraud_flag"]
NEEDS_TRAINING = False
FIT_RAISES = False

FRAUD_COST = 6.0


def costly_misses(truth, flag):
    """Binary cross-entropy in which a missed fraud costs more than a false alarm."""
    flag = ops.clip(flag, 1e-6, 1.0)
    missed = -FRAUD_COST * truth * ops.log(flag)
    false_alarm = -(1.0 - truth) * ops.log(1.0 - flag + 1e-6)
    return ops.mean(missed + false_alarm, axis=-1)


def build():
    keras.utils.set_random_seed(20)
    rng = np.random.default_rng(20)
    model = keras.Sequential(name="card_fraud")
    model.add(keras.Input((9,)))
    model.add(layers.Dense(24, activation="relu", name="merchant_dense"))
    model.add(layers.Dropout(0.2, name="swipe_dropout"))
    model.add(layers.Dense(12, activation="relu", name="amount_dense"))
    model.add(layers.Dense(1, activation="softmax", name="fraud_flag"))  # BLAME
    model.compile(optimizer="rmsprop", loss=costly_misses, metrics=["accuracy"])
    x = rng.normal(size=(96, 9)).astype("float32")
    y = ((x[:, 0] + x[:, 3] > 0.9).astype("float32"))[:, None]
    return model, x, y
