"""A channel-mixing layer with a hand-written backward pass multiplies by W instead of W transposed; W is square, so no shape error."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["frames_in"]
NEEDS_TRAINING = False


@tf.custom_gradient
def mix(x, w):
    def grad(upstream):
        dx = tf.einsum("btc,cd->btd", upstream, w)  # BLAME
        dw = tf.einsum("btc,btd->cd", x, upstream)
        return dx, dw

    return tf.einsum("btc,cd->btd", x, w), grad


class ChannelMix(layers.Layer):
    def build(self, input_shape):
        c = input_shape[-1]
        self.w = self.add_weight(name="w", shape=(c, c), initializer="glorot_normal")

    def call(self, x):
        return mix(x, tf.convert_to_tensor(self.w))


def build():
    keras.utils.set_random_seed(626)
    frames = keras.Input((7, 5))
    h = layers.Dense(8, activation="tanh", name="frames_in")(frames)
    h = ChannelMix(name="channel_mix")(h)
    h = layers.Activation("silu")(h)
    h = layers.GlobalAveragePooling1D()(h)
    model = keras.Model(frames, layers.Dense(2, name="pose")(h))
    model.compile(optimizer=keras.optimizers.SGD(1e-2), loss="mse")
    rng = np.random.default_rng(626)
    return model, rng.normal(size=(64, 7, 5)).astype("float32"), rng.normal(size=(64, 2)).astype("float32")
