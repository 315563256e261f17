"""Healthy programs that read texts."""

import keras
import numpy as np
from keras import layers, ops, optimizers

from benchmarks.detection.programs import corpus
from benchmarks.detection.programs.corpus import CE


def crf():
    class CRF(layers.Layer):
        """Scores of tags and of their transitions; the loss is the likelihood of the true path."""

        def __init__(self):
            super().__init__()
            self.scores = layers.Dense(2)

        def build(self, shape):
            self.scores.build(shape)
            self.between = self.add_weight(shape=(2, 2), name="transitions")

        def call(self, h, tags):
            s, tags = self.scores(h), ops.one_hot(tags, 2)
            path = ops.sum(s * tags, (1, 2))
            path += ops.sum(ops.matmul(tags[:, :-1], self.between) * tags[:, 1:], (1, 2))
            alpha = s[:, 0]
            for t in range(1, h.shape[1]):
                alpha = ops.logsumexp(alpha[:, :, None] + self.between, axis=1) + s[:, t]
            self.add_loss(ops.mean(ops.logsumexp(alpha, -1) - path) / h.shape[1])
            return ops.argmax(s, -1)

    letters, starts, new = [], [], True
    for c in corpus.characters():
        if c <= 3:
            new = True
        else:
            letters.append(c)
            starts.append(int(new))
            new = False
    cut = len(letters) // 24 * 24
    x, tags = (np.array(v[:cut], "int32").reshape(-1, 24) for v in (letters, starts))
    inputs, given = keras.Input((24,), dtype="int32"), keras.Input((24,), dtype="int32")
    h = layers.Embedding(30, 24)(inputs)
    h = layers.Bidirectional(layers.LSTM(24, return_sequences=True))(h)
    model = keras.Model([inputs, given], CRF()(h, given))
    model.compile(optimizers.Adam(3e-3))
    return model, [x, tags], None


def text_transformer():
    x, y = corpus.sources()
    inputs = keras.Input((48,), dtype="int32")
    h = layers.Embedding(30, 32)(inputs) + layers.Embedding(48, 32)(ops.arange(48))
    attended = layers.Dropout(0.1)(layers.MultiHeadAttention(2, 32)(h, h))
    h = layers.LayerNormalization(epsilon=1e-6)(h + attended)
    fed = layers.Dense(32)(layers.Dense(32, "relu")(h))
    h = layers.LayerNormalization(epsilon=1e-6)(h + layers.Dropout(0.1)(fed))
    h = layers.Dropout(0.1)(layers.GlobalAveragePooling1D()(h))
    h = layers.Dropout(0.1)(layers.Dense(20, "relu")(h))
    model = keras.Model(inputs, layers.Dense(3, "softmax")(h))
    model.compile("adam", CE)
    return model, x, y


def hub_bert():
    import keras_hub

    x, y = corpus.sources()
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=30,
        num_layers=2,
        num_heads=2,
        hidden_dim=32,
        intermediate_dim=64,
        max_sequence_length=48,
    )
    model = keras_hub.models.BertTextClassifier(backbone, num_classes=3, preprocessor=None)
    model.compile(optimizers.AdamW(1e-3), keras.losses.SparseCategoricalCrossentropy(True))
    inputs = {"token_ids": x, "segment_ids": 0 * x, "padding_mask": np.ones_like(x)}
    return model, inputs, y


def hub_gpt():
    import keras_hub

    x, y = corpus.snippets()
    backbone = keras_hub.models.GPT2Backbone(
        vocabulary_size=30,
        num_layers=2,
        num_heads=2,
        hidden_dim=48,
        intermediate_dim=96,
        max_sequence_length=32,
    )
    model = keras_hub.models.GPT2CausalLM(backbone, preprocessor=None)
    model.compile(optimizers.Adam(2e-3), keras.losses.SparseCategoricalCrossentropy(True))
    return model, {"token_ids": x, "padding_mask": np.ones_like(x)}, y


def two_towers():
    class Retrieval(keras.Model):
        """Words and the words around them; the other words of a batch are the wrong ones."""

        def __init__(self):
            super().__init__()
            tower = lambda: keras.Sequential([layers.Embedding(1200, 24), layers.Dense(24)])  # noqa: E731
            self.query, self.candidate = tower(), tower()

        def call(self, x):
            return ops.matmul(self.query(x[:, 0]), ops.transpose(self.candidate(x[:, 1])))

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            right = ops.arange(ops.shape(y_pred)[0])
            return ops.mean(keras.losses.sparse_categorical_crossentropy(right, y_pred, True))

    words = corpus.text().replace(",", " ").replace(".", " ").split()
    number = {word: i for i, word in enumerate(dict.fromkeys(words))}
    ids = np.array([number[word] for word in words], "int32") % 1200
    x = np.concatenate([np.stack([ids[:-k], ids[k:]], 1) for k in (1, 2)])
    x = x[np.random.default_rng(0).permutation(len(x))]
    model = Retrieval()
    model.build((None, 2))
    model.compile(optimizers.Adam(1e-2))
    return model, x, None


def muon_gpt():
    x, y = corpus.snippets()
    inputs = keras.Input((32,), dtype="int32")
    h = layers.Embedding(30, 32)(inputs) + layers.Embedding(32, 32)(ops.arange(32))
    for _ in range(2):
        n = layers.LayerNormalization()(h)
        h = h + layers.MultiHeadAttention(2, 16)(n, n, use_causal_mask=True)
        h = h + layers.Dense(32)(layers.Dense(64, "gelu")(layers.LayerNormalization()(h)))
    model = keras.Model(inputs, layers.Dense(30)(h))
    optimizer = optimizers.Muon(2e-3, exclude_layers=["embedding"])
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model, x, y


def addition_lstm():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 100, (2, 4000))
    code = lambda s: [" 0123456789+".index(c) for c in s]  # noqa: E731
    x = np.eye(12, dtype="float32")[
        [code(f"{i}+{j}".ljust(5)[::-1]) for i, j in zip(a, b, strict=True)]
    ]
    y = np.array([code(str(i + j).ljust(3)) for i, j in zip(a, b, strict=True)], "int32")
    model = keras.Sequential(
        [
            keras.Input((5, 12)),
            layers.LSTM(64),
            layers.RepeatVector(3),
            layers.LSTM(64, return_sequences=True),
            layers.Dense(12, "softmax"),
        ]
    )
    model.compile(optimizers.Adam(3e-3), CE)
    return model, x, y


def schedule_free_gru():
    x, y = corpus.snippets()
    model = keras.Sequential(
        [
            keras.Input((32,), dtype="int32"),
            layers.Embedding(30, 24),
            layers.GRU(48, return_sequences=True),
            layers.Dropout(0.1),
            layers.Dense(30, "softmax"),
        ]
    )
    model.compile(optimizers.ScheduleFreeAdamW(1e-2, warmup_steps=20), CE)
    return model, x, y


PROGRAMS = {
    crf: dict(batch=16, epochs=6),
    text_transformer: dict(batch=32, epochs=6),
    hub_bert: dict(batch=32, epochs=18),
    hub_gpt: dict(batch=32, epochs=12),
    two_towers: dict(batch=64, epochs=10),
    muon_gpt: dict(batch=32, epochs=12),
    addition_lstm: dict(batch=32, epochs=6),
    schedule_free_gru: dict(batch=32, epochs=12),
}
