"""A class-conditional decoder joins latent code and label embedding, then feeds the code alone to its first layer."""
import keras
import numpy as np
from keras import layers, ops

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["label_vectors"]
NEEDS_TRAINING = False


class ConditionalAutoencoder(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.enc = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="enc_conv")
        self.flat = layers.Flatten()
        self.code = layers.Dense(5, name="code")
        self.label_vectors = layers.Embedding(10, 4, name="label_vectors")
        self.dec = layers.Dense(4 * 4 * 4, activation="relu", name="dec_dense")
        self.fold = layers.Reshape((4, 4, 4))
        self.up = layers.Conv2DTranspose(1, 3, strides=2, padding="same", activation="sigmoid", name="dec_up")

    def decode(self, z, digit):
        vector = self.label_vectors(digit)
        conditioned = ops.concatenate([z, vector], axis=-1)
        h = self.dec(z)  # BLAME
        return self.up(self.fold(h))

    def call(self, inputs):
        image, digit = inputs["image"], inputs["digit"]
        return self.decode(self.code(self.flat(self.enc(image))), digit)


def build():
    keras.utils.set_random_seed(604)
    model = ConditionalAutoencoder()
    model.compile(optimizer="rmsprop", loss="binary_crossentropy")
    rng = np.random.default_rng(604)
    image = rng.random((64, 8, 8, 1)).astype("float32")
    return model, {"image": image, "digit": rng.integers(0, 10, 64)}, image
