"""Healthy programs that read images."""

import keras
import numpy as np
from keras import layers, ops, optimizers

from benchmarks.detection.programs import corpus
from benchmarks.detection.programs.corpus import CE


def capsules():
    def squash(v):
        square = ops.sum(ops.square(v), -1, keepdims=True)
        return v * square / (1 + square) / ops.sqrt(square + keras.config.epsilon())

    class DigitCapsules(layers.Layer):
        def build(self, shape):
            self.w = self.add_weight(
                shape=(1, shape[1], 10, 8, shape[2]),
                name="w",
                initializer=keras.initializers.RandomNormal(stddev=0.1),
            )

        def call(self, u):
            votes = ops.squeeze(ops.matmul(self.w, u[:, :, None, :, None]), -1)
            logits = ops.zeros_like(votes[..., :1])
            for _ in range(3):
                shares = ops.softmax(logits, axis=2)
                v = squash(ops.sum(shares * votes, axis=1, keepdims=True))
                logits = logits + ops.sum(votes * v, -1, keepdims=True)
            return ops.sqrt(ops.sum(ops.square(v[:, 0]), -1) + 1e-7)

    def margin_loss(y, length):
        y = ops.one_hot(ops.reshape(ops.cast(y, "int32"), (-1,)), 10)
        present = y * ops.square(ops.relu(0.9 - length))
        return ops.sum(present + 0.5 * (1 - y) * ops.square(ops.relu(length - 0.1)), -1)

    x, y = corpus.digits()
    inputs = keras.Input((8, 8, 1))
    h = layers.Conv2D(32, 3, activation="relu")(inputs)
    h = layers.Conv2D(32, 3, strides=2)(h)
    h = squash(layers.Reshape((-1, 4))(h))
    model = keras.Model(inputs, DigitCapsules()(h))
    model.compile("adam", margin_loss)
    return model, x, y


def hub_vit():
    import keras_hub

    x, y = corpus.patches()
    backbone = keras_hub.models.ViTBackbone(
        image_shape=(32, 32, 3), patch_size=8, num_layers=2, num_heads=2, hidden_dim=32, mlp_dim=64
    )
    model = keras_hub.models.ViTImageClassifier(backbone, num_classes=2, preprocessor=None)
    model.compile(optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(True))
    return model, x / 255, y


def lion_cnn():
    x, y = corpus.digits()
    rate = optimizers.schedules.CosineDecay(0.0, 500, warmup_target=5e-4, warmup_steps=30)
    model = keras.Sequential(
        [
            layers.Conv2D(16, 3, padding="same"),
            layers.GroupNormalization(4),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same"),
            layers.GroupNormalization(4),
            layers.ReLU(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10, "softmax"),
        ]
    )
    model.compile(optimizers.Lion(rate, weight_decay=0.01), CE)
    return model, x, y


def bfloat16_resnet():
    x, y = corpus.digits()
    keras.config.set_dtype_policy("mixed_bfloat16")
    inputs = keras.Input((8, 8, 1))
    h = layers.Conv2D(16, 3, padding="same")(inputs)
    for filters, stride in ((16, 1), (32, 2), (32, 1)):
        skip = layers.Conv2D(filters, 1, strides=stride)(h) if h.shape[-1] != filters else h
        h = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(h)
        h = layers.ReLU()(layers.BatchNormalization()(h))
        h = layers.Conv2D(filters, 3, padding="same", use_bias=False)(h)
        h = layers.ReLU()(skip + layers.BatchNormalization()(h))
    out = layers.Dense(10, "softmax", dtype="float32")(layers.GlobalAveragePooling2D()(h))
    model = keras.Model(inputs, out)
    keras.config.set_dtype_policy("float32")
    model.compile(optimizers.SGD(0.05, momentum=0.9, nesterov=True), CE)
    return model, x, y


def lora():
    x, y = corpus.digits()
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(64, "relu"),
            layers.Dense(64, "relu"),
            layers.Dense(10, "softmax"),
        ]
    )
    model.compile("adam", CE)
    model.fit(x[:900], y[:900] % 5, epochs=10, verbose=0)
    for layer in model.layers[1:3]:
        layer.enable_lora(4)
    model.compile(optimizers.Adam(3e-3), CE)
    return model, x[900:], y[900:]


def mnist_convnet():
    x, y = corpus.digits()
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(32, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, "softmax"),
        ]
    )
    model.compile("adam", CE)
    return model, x, y


def photo_convnet():
    x, y = corpus.patches()
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(32, "relu"),
            layers.Dense(1, "sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy")
    return model, x, y.astype("float32")[:, None]


def triplets():
    class Siamese(keras.Model):
        def __init__(self, embedding):
            super().__init__()
            self.embedding = embedding

        def call(self, x):
            return ops.stack([self.embedding(x[:, i]) for i in range(3)], 1)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            near = ops.sum(ops.square(y_pred[:, 0] - y_pred[:, 1]), -1)
            far = ops.sum(ops.square(y_pred[:, 0] - y_pred[:, 2]), -1)
            return ops.mean(ops.relu(near - far + 0.5))

    x, y = corpus.digits()
    rng = np.random.default_rng(0)
    same = [rng.choice(np.flatnonzero(y == c)) for c in y]
    other = [rng.choice(np.flatnonzero(y != c)) for c in y]
    embedding = keras.Sequential(
        [
            layers.Conv2D(16, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, "relu"),
            layers.BatchNormalization(),
            layers.Dense(16),
        ]
    )
    model = Siamese(embedding)
    triples = np.stack([x, x[same], x[other]], 1)
    model(triples[:2])
    model.compile(optimizers.Adam(1e-3))
    return model, triples, None


def mixer():
    x, y = corpus.digits()
    inputs = keras.Input((8, 8, 1))
    h = layers.Reshape((16, 32))(layers.Conv2D(32, 2, strides=2)(inputs))
    for _ in range(3):
        t = layers.Permute((2, 1))(layers.LayerNormalization()(h))
        h = h + layers.Permute((2, 1))(layers.Dense(16)(layers.Dense(32, "gelu")(t)))
        h = h + layers.Dense(32)(layers.Dense(64, "gelu")(layers.LayerNormalization()(h)))
    model = keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling1D()(h)))
    optimizer = optimizers.AdamW(2e-3, weight_decay=1e-4, use_ema=True, ema_overwrite_frequency=100)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
    model.compile(optimizer, loss)
    return model, x, np.eye(10, dtype="float32")[y]


def unet():
    x, _ = corpus.patches()
    bright = (x.mean(-1, keepdims=True) > x.mean((1, 2, 3), keepdims=True)).astype("float32")
    inputs = keras.Input((32, 32, 3))
    h, skips = inputs, []
    for filters in (8, 16):
        h = layers.Conv2D(filters, 3, padding="same")(h)
        h = layers.ReLU()(layers.BatchNormalization()(h))
        skips.append(h)
        h = layers.MaxPooling2D()(h)
    h = layers.ReLU()(layers.Conv2D(32, 3, padding="same")(h))
    for filters in (16, 8):
        h = layers.Concatenate()([layers.UpSampling2D()(h), skips.pop()])
        h = layers.Conv2D(filters, 3, padding="same", activation="relu")(h)
    model = keras.Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(h))
    model.compile("rmsprop", "binary_crossentropy")
    return model, x / 255, bright


PROGRAMS = {
    capsules: dict(batch=32, epochs=5, start=True),
    hub_vit: dict(batch=32, epochs=10),
    lion_cnn: dict(batch=32, epochs=8),
    bfloat16_resnet: dict(batch=32, epochs=5),
    lora: dict(batch=32, epochs=8),
    mnist_convnet: dict(batch=32, epochs=6),
    photo_convnet: dict(batch=32, epochs=8),
    triplets: dict(batch=32, epochs=5),
    mixer: dict(batch=32, epochs=6, start=True),
    unet: dict(batch=16, epochs=8),
}
