"""A seq2seq train_step encodes the source inside tape.stop_recording to save memory."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["encoder"]
NEEDS_TRAINING = False
ALSO = ("no-loss", "unused")  # no op of the encoder is on the tape


class Translator(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.encoder = layers.GRU(6, unroll=True, name="encoder")
        self.decoder = layers.GRU(6, unroll=True, return_sequences=True, name="decoder")
        self.words = layers.Dense(5, name="words")

    def call(self, source, target=None):
        target = source if target is None else target
        return self.words(self.decoder(target, initial_state=self.encoder(source)))

    def train_step(self, data):
        source, target = data
        with tf.GradientTape() as tape:
            with tape.stop_recording():
                context = self.encoder(source)  # BLAME
            logits = self.words(self.decoder(source, initial_state=context))
            loss = self.compute_loss(source, target, logits)
        weights = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return {"loss": loss}


def build():
    keras.utils.set_random_seed(217)
    rng = np.random.default_rng(217)
    x = rng.normal(size=(64, 4, 3)).astype("float32")
    model = Translator()
    model(x[:1])
    model.compile(
        optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    return model, x, rng.integers(0, 5, (64, 4))
