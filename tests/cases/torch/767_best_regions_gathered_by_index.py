"""A proposal network ranks regions; the layer gathers the features of the top 3 by index and drops their scores: the ranking never learns."""
import keras
import numpy as np
import torch
from keras import layers

CODE = "non-differentiable"
ALSO = ("unused",)
SYMPTOM = "none"
WEIGHTS = ["objectness_hidden", "objectness"]
NEEDS_TRAINING = False


class TopRegions(layers.Layer):
    def __init__(self, count, **kwargs):
        super().__init__(**kwargs)
        self.count = count

    def call(self, regions, objectness):
        best = torch.topk(objectness.squeeze(-1), self.count, dim=1).indices  # BLAME
        index = best[..., None].expand(-1, -1, regions.shape[-1])
        return torch.gather(regions, 1, index)

    def compute_output_shape(self, regions_shape, objectness_shape):
        return (regions_shape[0], self.count, regions_shape[-1])


def build():
    keras.utils.set_random_seed(767)
    photo = keras.Input((12, 12, 1), name="photo")
    h = layers.Conv2D(8, 3, strides=3, activation="relu", name="backbone")(photo)
    regions = layers.Reshape((16, 8))(h)
    o = layers.Dense(6, activation="relu", name="objectness_hidden")(regions)
    o = layers.Dense(1, name="objectness")(o)
    h = TopRegions(3, name="top_regions")(regions, o)
    h = layers.Dense(10, activation="relu", name="box_features")(h)
    model = keras.Model(photo, layers.Dense(4, name="box")(h))
    model.compile(optimizer="adam", loss="huber")
    rng = np.random.default_rng(767)
    x = rng.normal(size=(64, 12, 12, 1)).astype("float32")
    y = np.repeat(x[:, :4, 0].transpose(0, 2, 1), 3, axis=1)
    return model, x, y.astype("float32")
