"""A contrastive text-picture model keeps its temperature as a torch Parameter on a Keras layer: autograd fills its .grad, but the Keras optimizer does not know it.

Source: https://github.com/keras-team/keras-core/issues/604
"""
import keras
import numpy as np
import torch
from keras import layers

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = ["log_temperature"]
NEEDS_TRAINING = False


class PairLogits(layers.Layer):
    """Cosine similarity of every text with every picture, times a learned temperature."""

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.text_projection = layers.Dense(width, use_bias=False, name="text_projection")
        self.picture_projection = layers.Dense(width, use_bias=False, name="picture_projection")

    def build(self, text_shape, picture_shape):
        self.text_projection.build(text_shape)
        self.picture_projection.build(picture_shape)
        self.log_temperature = torch.nn.Parameter(torch.tensor(2.0))  # BLAME

    def call(self, text, picture):
        t = torch.nn.functional.normalize(self.text_projection(text), dim=-1)
        p = torch.nn.functional.normalize(self.picture_projection(picture), dim=-1)
        return torch.exp(self.log_temperature) * t @ p.T

    def compute_output_shape(self, text_shape, picture_shape):
        return (text_shape[0], picture_shape[0])


class Matcher(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.text = layers.Dense(16, activation="gelu", name="text")
        self.picture = layers.Dense(16, activation="gelu", name="picture")
        self.pairs = PairLogits(8, name="pairs")

    def call(self, inputs):
        return self.pairs(self.text(inputs[0]), self.picture(inputs[1]))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        own = torch.arange(y_pred.shape[0], device=y_pred.device)
        cross_entropy = torch.nn.functional.cross_entropy
        return 0.5 * (cross_entropy(y_pred, own) + cross_entropy(y_pred.T, own))


def build():
    keras.utils.set_random_seed(661)
    rng = np.random.default_rng(661)
    topic = rng.normal(size=(64, 5))
    text = (topic @ rng.normal(size=(5, 12))).astype("float32")
    picture = (topic @ rng.normal(size=(5, 18))).astype("float32")
    model = Matcher()
    model([text[:2], picture[:2]])
    model.compile(optimizer=keras.optimizers.Adam(3e-3))
    return model, [text, picture], None
