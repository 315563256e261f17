"""An RNN with a 'learned' initial state creates it as keras.Variable(..., trainable=False), so it stays as drawn."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "frozen"
SYMPTOM = "frozen"
WEIGHTS = ["learned_h0"]
NEEDS_TRAINING = False


class LearnedStateGRU(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.rnn = layers.GRU(units, return_sequences=True, name="gru")

    def build(self, input_shape):
        self.rnn.build(input_shape)
        start = keras.initializers.RandomNormal(stddev=0.3, seed=1)((1, self.units))
        self.h0 = keras.Variable(start, trainable=False, name="learned_h0")  # BLAME

    def call(self, x):
        h0 = tf.repeat(tf.convert_to_tensor(self.h0), tf.shape(x)[0], axis=0)
        return self.rnn(x, initial_state=h0)


def build():
    keras.utils.set_random_seed(612)
    series = keras.Input((6, 2))
    h = LearnedStateGRU(5, name="state_gru")(series)
    out = layers.TimeDistributed(layers.Dense(1, name="step_out"), name="per_step")(h)
    model = keras.Model(series, out)
    model.compile(optimizer="nadam", loss="mae")
    rng = np.random.default_rng(612)
    x = rng.normal(size=(64, 6, 2)).astype("float32")
    return model, x, np.cumsum(x[..., :1], axis=1)
