"""A trainable PCEN front end detaches its smoothed energy 'to keep the recursion out of the backward pass'.

The smoothing coefficient is used nowhere else, so it stays at its initial value; gain, bias and root do learn.

Source: https://github.com/daemon/pytorch-pcen/issues/2
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["smooth_logit"]
NEEDS_TRAINING = False


class PCEN(layers.Layer):
    """(E / (eps + M) ** alpha + delta) ** r - delta ** r with M[t] = (1 - s) M[t-1] + s E[t]"""

    def __init__(self, eps=1e-4, **kwargs):
        super().__init__(**kwargs)
        self.eps = eps

    def build(self, input_shape):
        bands = input_shape[-1]
        start = lambda value: keras.initializers.Constant(value)
        self.alpha = self.add_weight(name="gain", shape=(bands,), initializer=start(0.9))
        self.log_delta = self.add_weight(name="log_bias", shape=(bands,), initializer=start(0.7))
        self.root = self.add_weight(name="root", shape=(bands,), initializer=start(0.5))
        self.smooth_logit = self.add_weight(name="smooth_logit", shape=(bands,), initializer=start(-2.0))

    def smoother(self, energy):
        s = tf.sigmoid(self.smooth_logit)
        frames = tf.transpose(energy, (1, 0, 2))
        steps = tf.shape(frames)[0]
        out = tf.TensorArray(tf.float32, size=steps)
        _, _, out = tf.while_loop(
            lambda t, m, out: t < steps,
            lambda t, m, out: (t + 1, (1 - s) * m + s * frames[t], out.write(t, (1 - s) * m + s * frames[t])),
            (tf.constant(0), frames[0], out),
        )
        return tf.transpose(out.stack(), (1, 0, 2))

    def call(self, energy):
        m = tf.stop_gradient(self.smoother(energy))  # BLAME
        m = tf.ensure_shape(m, energy.shape)
        delta = tf.exp(self.log_delta)
        agc = energy * tf.exp(-self.alpha * tf.math.log(self.eps + m))
        return tf.pow(agc + delta, self.root) - tf.pow(delta, self.root)


def build():
    keras.utils.set_random_seed(2)
    mel = keras.Input((20, 10), name="mel_energy")
    h = PCEN(name="pcen")(mel)
    h = layers.Conv1D(12, 3, activation="relu", name="conv")(h)
    h = layers.GlobalMaxPooling1D(name="pool")(h)
    model = keras.Model(mel, layers.Dense(3, activation="softmax", name="keyword")(h))
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(2)
    y = rng.integers(0, 3, 64)
    x = rng.gamma(2.0, 0.2, (64, 20, 10)) * rng.uniform(0.2, 3.0, (64, 1, 1))
    for i, k in enumerate(y):
        x[i, 6:12, 3 * k : 3 * k + 3] *= 5.0
    return model, x.astype("float32"), y
