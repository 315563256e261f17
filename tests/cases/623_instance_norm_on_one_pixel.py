"""A pix2pix-like U-Net halves 8x8 pictures down to 1x1 and normalises each map over its single pixel: the result is always beta."""
import keras
import numpy as np
from keras import layers, ops

CODE = "zero-derivative"
ALSO = ("zero-signal",)
SYMPTOM = "zero"
WEIGHTS = ["down_3", "norm_3/gamma"]
NEEDS_TRAINING = False


class InstanceNorm(layers.Layer):
    def build(self, input_shape):
        self.gamma = self.add_weight(name="gamma", shape=(input_shape[-1],), initializer="ones")
        self.beta = self.add_weight(name="beta", shape=(input_shape[-1],), initializer=keras.initializers.Constant(0.1))

    def call(self, x):
        variance = ops.var(x, axis=(1, 2), keepdims=True)
        centred = x - ops.mean(x, axis=(1, 2), keepdims=True)  # BLAME
        return self.gamma * centred * ops.rsqrt(variance + 1e-5) + self.beta


def build():
    keras.utils.set_random_seed(623)
    image = keras.Input((8, 8, 1))
    h, skips = image, []
    for i, filters in enumerate((6, 8, 10)):
        h = layers.Conv2D(filters, 4, strides=2, padding="same", use_bias=False, name=f"down_{i + 1}")(h)
        h = InstanceNorm(name=f"norm_{i + 1}")(h)
        h = layers.LeakyReLU(0.2)(h)
        skips.append(h)
    for i, filters in enumerate((8, 6)):
        h = layers.Conv2DTranspose(filters, 4, strides=2, padding="same", activation="relu", name=f"up_{i + 1}")(h)
        h = layers.Concatenate()([h, skips[1 - i]])
    out = layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh", name="picture")(h)
    model = keras.Model(image, out)
    model.compile(optimizer="adam", loss="mae")
    rng = np.random.default_rng(623)
    x = rng.uniform(-1, 1, (64, 8, 8, 1)).astype("float32")
    return model, x, -x
