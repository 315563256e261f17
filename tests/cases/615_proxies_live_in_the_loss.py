"""Proxy-NCA metric learning keeps its trainable class proxies in the Loss object, which has no trainable variables."""
import keras
import numpy as np
from keras import layers, ops

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = []
UNTRACKED = ["class_proxies"]
NEEDS_TRAINING = False


class ProxyNCA(keras.losses.Loss):
    def __init__(self, n_classes, dim, scale=8.0):
        super().__init__(name="proxy_nca")
        self.n_classes, self.scale = n_classes, scale
        self.proxies = keras.Variable(  # BLAME
            keras.random.normal((n_classes, dim), seed=1), trainable=True, name="class_proxies"
        )

    def call(self, y_true, embedding):
        proxies = ops.normalize(self.proxies, axis=-1)
        logits = self.scale * ops.matmul(embedding, ops.transpose(proxies))
        target = ops.one_hot(ops.cast(ops.reshape(y_true, (-1,)), "int32"), self.n_classes)
        return ops.categorical_crossentropy(target, logits, from_logits=True)


def build():
    keras.utils.set_random_seed(615)
    image = keras.Input((10, 10, 1))
    h = layers.Conv2D(6, 3, activation="relu", name="embed_conv")(image)
    h = layers.GlobalAveragePooling2D()(h)
    h = layers.Dense(6, name="embedding")(h)
    model = keras.Model(image, layers.UnitNormalization(name="unit")(h))
    model.compile(optimizer="adam", loss=ProxyNCA(5, 6))
    rng = np.random.default_rng(615)
    return model, rng.normal(size=(64, 10, 10, 1)).astype("float32"), rng.integers(0, 5, 64)
