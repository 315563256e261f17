"""'To save memory' a train_step pauses the tape while the recurrent encoder runs; the encoder is thereby cut off from the loss."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "stop-gradient"
ALSO = ("no-loss",)
SYMPTOM = "none"
WEIGHTS = ["encoder_gru"]
NEEDS_TRAINING = False


class SeriesClassifier(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.encoder = layers.GRU(7, name="encoder_gru")
        self.hidden = layers.Dense(8, activation="relu", name="hidden")
        self.out = layers.Dense(3, name="logits")

    def call(self, x):
        return self.out(self.hidden(self.encoder(x)))

    def train_step(self, data):
        series, label = data
        with tf.GradientTape() as tape:
            with tape.stop_recording():
                summary = self.encoder(series, training=True)  # BLAME
            logits = self.out(self.hidden(summary))
            loss = self.compute_loss(x=series, y=label, y_pred=logits)
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return {"loss": loss}


def build():
    keras.utils.set_random_seed(610)
    rng = np.random.default_rng(610)
    model = SeriesClassifier()
    x = rng.normal(size=(64, 14, 3)).astype("float32")
    model(x[:1])
    model.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model, x, rng.integers(0, 3, 64)
