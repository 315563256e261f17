"""A contrastive layer has a learned temperature but divides by temperature.item(), a Python number: the temperature never learns."""
import keras
import numpy as np
import torch
from keras import layers

CODE = "host-call"
ALSO = ("stop-gradient",)
SYMPTOM = "none"
WEIGHTS = ["match/log_temperature"]
NEEDS_TRAINING = False


class MatchScores(layers.Layer):
    """Similarity of every text with a bank of learned label vectors."""

    def __init__(self, labels, **kwargs):
        super().__init__(**kwargs)
        self.labels = labels

    def build(self, input_shape):
        self.bank = self.add_weight(name="bank", shape=(self.labels, input_shape[-1]))
        self.log_temperature = self.add_weight(
            name="log_temperature", shape=(), initializer=keras.initializers.Constant(-1.0)
        )

    def call(self, x):
        text = torch.nn.functional.normalize(x, dim=-1)
        bank = torch.nn.functional.normalize(self.bank.value, dim=-1)
        temperature = np.exp(self.log_temperature.value.item())  # BLAME
        return text @ bank.T / temperature

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.labels)


def build():
    keras.utils.set_random_seed(764)
    tokens = keras.Input((7,), dtype="int32", name="tokens")
    h = layers.Embedding(30, 10, name="words")(tokens)
    h = layers.Conv1D(12, 3, activation="relu", name="phrases")(h)
    h = layers.GlobalMaxPooling1D()(h)
    h = layers.Dense(10, name="text_code")(h)
    model = keras.Model(tokens, MatchScores(5, name="match")(h))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss)
    rng = np.random.default_rng(764)
    x = rng.integers(0, 30, (64, 7)).astype("int32")
    return model, x, (x[:, 0] % 5).astype("int32")
