"""Progressive-GAN style minibatch standard deviation over groups in a critic.

Source: https://github.com/orybkin/sigma-vae-pytorch/issues/10
"""
import numpy as np
import torch
import keras
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["from_rgb", "conv", "score"]
NEEDS_TRAINING = False


def group_std(x, group):
    b, h, w, c = x.shape
    g = x.reshape(b // group, group, h, w, c)
    s = g.std(dim=1)  # BLAME
    s = s.mean(dim=(1, 2, 3), keepdim=True)
    s = s.repeat_interleave(group, dim=0)
    return s.expand(b, h, w, 1)


class MinibatchStd(layers.Layer):
    def __init__(self, group=4, **kwargs):
        super().__init__(**kwargs)
        self.group = group

    def call(self, x):
        group = self.group if x.shape[0] % self.group == 0 else 1
        return torch.cat([x, group_std(x, group)], dim=-1)

    def compute_output_shape(self, shape):
        return (*shape[:-1], shape[-1] + 1)


def build():
    keras.utils.set_random_seed(3005)
    rng = np.random.default_rng(3005)
    img = keras.Input((8, 8, 3))
    h = layers.Conv2D(6, 1, activation="leaky_relu", name="from_rgb")(img)
    h = layers.Conv2D(8, 3, strides=2, activation="leaky_relu", name="conv")(h)
    h = MinibatchStd(group=1, name="mbstd")(h)
    h = layers.Flatten()(h)
    out = layers.Dense(1, name="score")(h)
    model = keras.Model(img, out)
    model.compile(optimizer=keras.optimizers.Adam(1e-4), loss=keras.losses.BinaryCrossentropy(from_logits=True))
    x = rng.normal(size=(64, 8, 8, 3)).astype("float32")
    return model, x, rng.integers(0, 2, (64, 1)).astype("float32")
