"""Deep hashing: the training code goes through tf.sign (as at retrieval), whose derivative TensorFlow defines as 0."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "zero-derivative"
SYMPTOM = "zero"
WEIGHTS = ["hash_conv", "hash_bits"]
NEEDS_TRAINING = False


class HashNet(keras.Model):
    def __init__(self, bits=6, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv1D(6, 3, activation="mish", name="hash_conv")
        self.pool = layers.GlobalMaxPooling1D()
        self.bits = layers.Dense(bits, name="hash_bits")
        self.classifier = layers.Dense(3, name="hash_labels")

    def call(self, x):
        h = self.bits(self.pool(self.conv(x)))
        code = tf.sign(h)  # BLAME
        return self.classifier(code)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            logits = self(x, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"xent": loss}


def build():
    keras.utils.set_random_seed(617)
    rng = np.random.default_rng(617)
    x = rng.normal(size=(64, 12, 2)).astype("float32")
    model = HashNet()
    model(x[:1])
    model.compile(optimizer=keras.optimizers.SGD(0.01))
    return model, x, rng.integers(0, 3, 64).astype("int32")
