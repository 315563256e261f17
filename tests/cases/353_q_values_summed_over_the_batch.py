"""Fitted Q iteration: the value of the taken action is picked with a reduce_sum that lacks axis=1.

It sums over the batch as well and gives one number, which is then compared with every target of the batch.

Source: https://github.com/simoninithomas/Deep_reinforcement_learning_Course/issues/51
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "shape-contract"
SYMPTOM = "shape"
WEIGHTS = []
NEEDS_TRAINING = False

ACTIONS = 3


class FittedQ(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        screen = keras.Input((10, 10, 2), name="screen")
        h = layers.Conv2D(8, 3, strides=2, activation="elu", name="conv")(screen)
        h = layers.Flatten(name="flat")(h)
        h = layers.Dense(24, activation="elu", name="hidden")(h)
        self.q_net = keras.Model(screen, layers.Dense(ACTIONS, name="q")(h), name="q_net")
        self.loss_tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.loss_tracker]

    def call(self, inputs):
        return self.q_net(inputs[0])

    def train_step(self, data):
        (screens, actions), targets = data
        with tf.GradientTape() as tape:
            output = self.q_net(screens, training=True)
            chosen = tf.reduce_sum(output * tf.one_hot(actions, ACTIONS))  # BLAME
            loss = tf.reduce_mean(tf.square(targets - chosen))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}


def replay(n, rng):
    """a ball in two successive frames; the reward is for moving to its side"""
    screens = np.zeros((n, 10, 10, 2), "float32")
    column = rng.integers(0, 10, n)
    screens[np.arange(n), rng.integers(0, 5, n), column, 0] = 1.0
    screens[np.arange(n), rng.integers(5, 10, n), column, 1] = 1.0
    actions = rng.integers(0, ACTIONS, n)
    side = np.digitize(column, [3, 7])
    targets = (actions == side) * 1.0 - 0.3 * np.abs(actions - side)
    return screens, actions.astype("int32"), targets.astype("float32")


def build():
    keras.utils.set_random_seed(51)
    screens, actions, targets = replay(96, np.random.default_rng(51))
    model = FittedQ()
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model, (screens, actions), targets
