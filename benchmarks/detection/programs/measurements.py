"""Healthy programs that read tables, series and graphs."""

import keras
import numpy as np
from keras import layers, ops, optimizers

from benchmarks.detection.programs import corpus
from benchmarks.detection.programs.corpus import CE


def nbeats():
    past, future = corpus.series()
    inputs = keras.Input((48,))
    residual, forecast = inputs, 0.0
    for _ in range(4):
        h = residual
        for _ in range(4):
            h = layers.Dense(64, "relu")(h)
        theta = layers.Dense(60)(h)
        residual = residual - theta[:, :48]
        forecast = forecast + theta[:, 48:]
    model = keras.Model(inputs, forecast)
    model.compile("adam", "mae")
    return model, past, future


def housing():
    x, y = corpus.measurements("diabetes")
    price = (y * 4321.0).astype("float32")[:, None]
    scale = layers.Normalization()
    scale.adapt(x)
    model = keras.Sequential(
        [
            scale,
            layers.Dense(64, "relu"),
            layers.Dropout(0.2),
            layers.Dense(64, "relu"),
            layers.Dense(1),
        ]
    )
    model.compile(optimizers.RMSprop(1e-3), "mse")
    return model, x, (price - price.mean()) / price.std()


def gcn():
    from sklearn.neighbors import kneighbors_graph

    class GraphConvolution(layers.Layer):
        def __init__(self, units, edges):
            super().__init__()
            self.dense, self.edges = layers.Dense(units, use_bias=False), edges

        def call(self, h):
            return ops.matmul(self.edges, self.dense(h))

    x, y = corpus.digits()
    x, y = x[:600].reshape(600, 64), y[:600]
    near = kneighbors_graph(x, 6).toarray()
    near = np.maximum(near, near.T) + np.eye(600)
    degree = near.sum(1) ** -0.5
    edges = (degree[:, None] * near * degree).astype("float32")
    inputs = keras.Input((64,), batch_size=600)
    h = ops.relu(GraphConvolution(16, edges)(layers.Dropout(0.5)(inputs)))
    h = GraphConvolution(10, edges)(layers.Dropout(0.5)(h))
    model = keras.Model(inputs, ops.softmax(h))
    model.compile(optimizers.Adam(0.01), CE)
    return model, x, y


def fraud():
    x, y = corpus.measurements("breast_cancer")
    keep = (y == 1) | (np.random.default_rng(0).random(len(y)) < 0.12)
    x, y = np.tile(x[keep], (4, 1)), np.tile(1 - y[keep], 4)
    x = (x - x.mean(0)) / x.std(0)
    model = keras.Sequential(
        [
            keras.Input((30,)),
            layers.Dense(64, "relu"),
            layers.Dense(64, "relu"),
            layers.Dropout(0.3),
            layers.Dense(64, "relu"),
            layers.Dropout(0.3),
            layers.Dense(1, "sigmoid"),
        ]
    )
    model.compile(optimizers.Adam(1e-3), "binary_crossentropy")
    return model, x, y.astype("float32")[:, None]


def wavenet():
    past, future = corpus.series()
    inputs = keras.Input((48, 1))
    h, skips = layers.Conv1D(16, 1)(inputs), []
    for rate in (1, 2, 4, 8, 16):
        tanh, sigmoid = (
            layers.Conv1D(16, 2, padding="causal", dilation_rate=rate, activation=activation)(h)
            for activation in ("tanh", "sigmoid")
        )
        gated = tanh * sigmoid
        skips.append(layers.Conv1D(16, 1)(gated))
        h = h + layers.Conv1D(16, 1)(gated)
    h = layers.Conv1D(16, 1, activation="relu")(ops.relu(sum(skips)))
    model = keras.Model(inputs, layers.Dense(1)(h[:, -1]))
    model.compile(optimizers.Adam(1e-3), "mse")
    return model, past[..., None], future[:, :1]


def wide_and_deep():
    x, y = corpus.measurements("wine")
    x, y = np.tile(x, (4, 1)), np.tile(y, 4).astype("int32")
    bins = np.stack([np.digitize(c, np.quantile(c, [0.2, 0.4, 0.6, 0.8])) for c in x.T], 1)
    numbers, kinds = keras.Input((13,)), keras.Input((13,), dtype="int32")
    embedded = layers.Flatten()(layers.Embedding(70, 4)(kinds + ops.arange(0, 65, 5)))
    deep = layers.Concatenate()([layers.BatchNormalization()(numbers), embedded])
    for units in (32, 16):
        deep = layers.Dense(units)(deep)
        deep = layers.Dropout(0.2)(layers.ReLU()(layers.BatchNormalization()(deep)))
    wide = layers.BatchNormalization()(layers.CategoryEncoding(5, "multi_hot")(kinds))
    out = layers.Dense(3, "softmax")(layers.Concatenate()([wide, deep]))
    model = keras.Model([numbers, kinds], out)
    model.compile(optimizers.Adam(1e-3), CE)
    return model, [x, bins.astype("int32")], y


PROGRAMS = {
    nbeats: dict(batch=32, epochs=5, start=True),
    housing: dict(batch=16, epochs=15),
    gcn: dict(batch=600, epochs=150, fit=dict(shuffle=False)),
    fraud: dict(batch=32, epochs=10, fit=dict(class_weight={0: 1.0, 1: 12.0})),
    wavenet: dict(batch=32, epochs=5),
    wide_and_deep: dict(batch=32, epochs=8, start=True),
}
