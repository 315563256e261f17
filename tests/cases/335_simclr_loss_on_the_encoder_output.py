"""SimCLR pre-training: the projection head is called, but the contrastive loss is computed on the encoder's features.

Source: https://github.com/google-research/simclr/issues/105
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "unused"
ALSO = ["no-loss"]
SYMPTOM = "none"
WEIGHTS = ["proj_hidden", "proj_out"]
NEEDS_TRAINING = False


def nt_xent(a, b, temperature):
    """normalised, temperature-scaled cross-entropy between two views of the same batch"""
    a, b = tf.math.l2_normalize(a, axis=1), tf.math.l2_normalize(b, axis=1)
    logits = tf.matmul(a, b, transpose_b=True) / temperature
    partner = tf.range(tf.shape(a)[0])
    one_way = tf.nn.sparse_softmax_cross_entropy_with_logits(partner, logits)
    other_way = tf.nn.sparse_softmax_cross_entropy_with_logits(partner, tf.transpose(logits))
    return 0.5 * tf.reduce_mean(one_way + other_way)


class SimCLR(keras.Model):
    def __init__(self, length, channels, temperature=0.2, **kwargs):
        super().__init__(**kwargs)
        self.temperature = temperature
        signal = keras.Input((length, channels))
        h = layers.Conv1D(12, 5, strides=2, activation="relu", name="enc_conv1")(signal)
        h = layers.Conv1D(16, 3, activation="relu", name="enc_conv2")(h)
        self.encoder = keras.Model(signal, layers.GlobalAveragePooling1D()(h), name="encoder")
        feature = keras.Input((16,))
        z = layers.Dense(16, activation="relu", name="proj_hidden")(feature)
        self.head = keras.Model(feature, layers.Dense(8, use_bias=False, name="proj_out")(z), name="head")
        self.loss_tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.loss_tracker]

    def call(self, x):
        return self.head(self.encoder(x))

    def augment(self, x):
        gain = tf.random.uniform((tf.shape(x)[0], 1, 1), 0.7, 1.3)
        return gain * x + tf.random.normal(tf.shape(x), stddev=0.1)

    def train_step(self, data):
        x = data[0] if isinstance(data, (tuple, list)) else data
        with tf.GradientTape() as tape:
            h1 = self.encoder(self.augment(x), training=True)
            h2 = self.encoder(self.augment(x), training=True)
            z1, z2 = self.head(h1, training=True), self.head(h2, training=True)
            loss = nt_xent(h1, h2, self.temperature)  # BLAME
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result(), "spread": tf.math.reduce_std(z1 - z2)}


def build():
    keras.utils.set_random_seed(105)
    model = SimCLR(32, 3)
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    t = np.linspace(0, 4 * np.pi, 32)[None, :, None]
    rng = np.random.default_rng(105)
    x = np.sin(t * rng.uniform(0.5, 3.0, (64, 1, 3)) + rng.uniform(0, 6, (64, 1, 3)))
    return model, x.astype("float32"), None
