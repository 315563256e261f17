"""Healthy programs of a fourth set."""

import keras
import numpy as np
from keras import layers, ops
from sklearn import datasets


def _digits(rows=1200):
    data = datasets.load_digits()
    order = np.random.RandomState(0).permutation(len(data.target))[:rows]
    return (data.data[order] / 16.0).astype("float32"), data.target[order].astype("int32")


def _scaled(x):
    return ((x - x.mean(0)) / (x.std(0) + 1e-6)).astype("float32")


def sparse_wide_relu_lion():
    """A wide ReLU layer with a mild activity penalty is silent for most units on most rows, which
    is the wish; trained by Lion.

    Source: https://arxiv.org/abs/2302.06675
    """
    x, y = _digits()
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(
                256,
                activation="relu",
                kernel_initializer="he_normal",
                bias_initializer=keras.initializers.Constant(-0.3),
                activity_regularizer=keras.regularizers.L1(2e-4),
            ),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Lion(3e-4, weight_decay=0.01),
        loss="sparse_categorical_crossentropy",
    )
    return model, x, y


def sigmoid_net_good_start():
    """Two sigmoid layers with an initial scale made for them learn well under Adam.

    Source: https://proceedings.mlr.press/v9/glorot10a.html
    """
    data = datasets.load_breast_cancer()
    x, y = _scaled(data.data), data.target.astype("float32")[:, None]
    init = keras.initializers.VarianceScaling(4.0, mode="fan_avg", seed=3)
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((30,)),
            layers.Dense(24, activation="sigmoid", kernel_initializer=init.clone()),
            layers.Dense(12, activation="sigmoid", kernel_initializer=init.clone()),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy")
    return model, x, y


class _Gate(layers.Layer):
    """A learned scalar in front of a branch, zero at the start."""

    def build(self, shape):
        self.scale = self.add_weight(shape=(1,), initializer="zeros", name="scale")

    def call(self, x):
        return x * self.scale


def rezero_deep_residual():
    """Nine residual blocks behind zero-initialised gates (ReZero): the branches' first gradients
    are exactly zero and then wake up.

    Source: https://arxiv.org/abs/2003.04887
    """
    x, y = _digits()
    keras.utils.set_random_seed(1)
    inp = keras.Input((64,))
    h = layers.Dense(32)(inp)
    for _ in range(9):
        h = layers.Add()(
            [h, _Gate()(layers.Dense(32, activation="relu", kernel_initializer="he_normal")(h))]
        )
    out = layers.Dense(10, activation="softmax")(h)
    model = keras.Model(inp, out)
    model.compile(
        optimizer=keras.optimizers.Adam(0.005),
        loss="sparse_categorical_crossentropy",
        jit_compile=False,
    )
    return model, x, y


def finetune_small_rate():
    """A network pre-trained on digits 0-4 is fine-tuned on 5-9 with a small learning rate, as is
    usual.

    Source: https://keras.io/guides/transfer_learning/
    """
    x, y = _digits(1700)
    low, high = y < 5, y >= 5
    keras.utils.set_random_seed(1)
    inp = keras.Input((64,))
    h = layers.Dense(128, activation="relu", name="base1")(inp)
    h = layers.Dense(128, activation="relu", name="base2")(h)
    base = keras.Model(inp, h)
    first = keras.Model(inp, layers.Dense(5, activation="softmax", name="old_head")(h))
    first.compile(optimizer=keras.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy")
    first.fit(x[low], y[low], batch_size=64, epochs=5, verbose=0)
    out = layers.Dense(5, activation="softmax", name="new_head")(base(inp))
    model = keras.Model(inp, out)
    model.compile(
        optimizer=keras.optimizers.AdamW(2e-4, weight_decay=1e-4),
        loss="sparse_categorical_crossentropy",
    )
    return model, x[high], y[high] - 5


def frozen_backbone_probe():
    """The convolutions are frozen on purpose and only the head is trained.

    Source: https://keras.io/guides/transfer_learning/
    """
    x, y = _digits()
    x = x.reshape(-1, 8, 8, 1)
    keras.utils.set_random_seed(1)
    backbone = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(24, 3, activation="relu", kernel_initializer="he_normal"),
            layers.Conv2D(24, 3, activation="relu", kernel_initializer="he_normal"),
            layers.Flatten(),
        ],
        name="backbone",
    )
    backbone.trainable = False
    inp = keras.Input((8, 8, 1))
    h = backbone(inp, training=False)
    out = layers.Dense(10, activation="softmax", name="head")(h)
    model = keras.Model(inp, out)
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy")
    return model, x, y


def one_row_at_a_time():
    """Online learning with batches of one: the gradient jumps from row to row and the training is
    fine.

    Source: https://keras.io/api/models/model_training_apis/
    """
    data = datasets.load_iris()
    x, y = _scaled(data.data), data.target.astype("int32")
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(16, activation="tanh"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.SGD(0.03), loss="sparse_categorical_crossentropy")
    return model, x, y


def rare_class_with_prior():
    """Four per cent positives, an output bias started at the class prior and a mild class weight
    in the loss.

    Source: https://www.tensorflow.org/tutorials/structured_data/imbalanced_data
    """
    rng = np.random.RandomState(2)
    n = 1500
    y = (rng.uniform(size=n) < 0.04).astype("float32")
    x = rng.normal(size=(n, 12)).astype("float32")
    x[y == 1, :5] += 2.0
    y = y[:, None]
    prior = float(np.log(y.mean() / (1 - y.mean())))

    def weighted(t, z):
        return ops.mean((1 + 4 * t) * (ops.softplus(z) - t * z), axis=-1)

    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((12,)),
            layers.Dense(24, activation="relu"),
            layers.Dense(1, bias_initializer=keras.initializers.Constant(prior)),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss=weighted)
    return model, x, y


def diabetes_in_natural_units():
    """Disease progression stays in its natural units (25 to 346); a large Adam rate and the Huber
    loss suit them.

    Source: https://scikit-learn.org/stable/datasets/toy_dataset.html
    """
    data = datasets.load_diabetes()
    x, y = _scaled(data.data), data.target.astype("float32")[:, None]
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((10,)),
            layers.Dense(32, activation="relu"),
            layers.Dense(32, activation="relu"),
            layers.Dense(1),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss=keras.losses.Huber(delta=20.0))
    return model, x, y


def heavy_dropout():
    """Dropout of 0.6 in two places makes noisy gradients with many zeros; the network learns all
    the same.

    Source: https://jmlr.org/papers/v15/srivastava14a.html
    """
    x, y = _digits()
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(192, activation="relu"),
            layers.Dropout(0.6),
            layers.Dense(192, activation="relu"),
            layers.Dropout(0.6),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Nadam(0.002), loss="sparse_categorical_crossentropy")
    return model, x, y


def embedding_of_rare_words():
    """Words follow Zipf's law in a vocabulary of 3000: most rows of the table get no gradient in a
    batch, many never.

    Source: https://keras.io/examples/nlp/text_classification_from_scratch/
    """
    rng = np.random.RandomState(4)
    vocab = 3000
    x = np.minimum(rng.zipf(1.3, size=(1200, 25)), vocab - 1).astype("int32")
    mood = rng.normal(size=vocab)
    score = mood[x].sum(1)
    y = (score > np.median(score)).astype("float32")[:, None]
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((25,), dtype="int32"),
            layers.Embedding(vocab, 16),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.03), loss="binary_crossentropy")
    return model, x, y


def long_after_convergence():
    """Well separated classes are learned in the first epochs; afterwards loss and gradients are
    tiny because there is nothing left to learn.

    Source: https://scikit-learn.org/stable/modules/generated/sklearn.datasets.make_blobs.html
    """
    x, y = datasets.make_blobs(600, centers=4, n_features=6, cluster_std=0.6, random_state=3)
    x = _scaled(x)
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(24, activation="relu"),
            layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="sparse_categorical_crossentropy")
    return model, x, y.astype("int32")


def transformer_with_warmup():
    """A small pre-norm transformer whose learning rate starts at zero, warms up and then follows a
    cosine.

    Source: https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay/
    """
    rng = np.random.RandomState(6)
    x = rng.randint(1, 24, size=(800, 12)).astype("int32")
    y = (np.isin(x, [2, 5, 9]).sum(1) > 1).astype("float32")[:, None]
    keras.utils.set_random_seed(1)
    tokens = keras.Input((12,), dtype="int32")
    h = layers.Embedding(24, 16)(tokens)
    n = layers.LayerNormalization()(h)
    h = layers.Add()([h, layers.MultiHeadAttention(2, 8)(n, n)])
    n = layers.LayerNormalization()(h)
    h = layers.Add()([h, layers.Dense(16)(layers.Dense(32, activation="gelu")(n))])
    h = layers.GlobalAveragePooling1D()(h)
    out = layers.Dense(1, activation="sigmoid")(h)
    model = keras.Model(tokens, out)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, decay_steps=90, warmup_target=0.01, warmup_steps=20
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(rate), loss="binary_crossentropy", jit_compile=False
    )
    return model, x, y


def clipped_lstm_characters():
    """A character LSTM with SGD whose gradient norm is clipped nearly always, with a rate chosen
    for it.

    Source: https://arxiv.org/abs/1211.5063
    """
    rng = np.random.RandomState(8)
    text = "".join(rng.choice(["the cat sat ", "on a mat ", "and ate ", "the rat "], 400))
    alphabet = sorted(set(text))
    code = np.array([alphabet.index(c) for c in text], "int32")
    steps = 12
    starts = np.arange(0, len(code) - steps - 1, 3)[:900]
    x = np.stack([code[s : s + steps] for s in starts])
    y = code[starts + steps]
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((steps,), dtype="int32"),
            layers.Embedding(len(alphabet), 12),
            layers.LSTM(32),
            layers.Dense(len(alphabet), activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(1.0, momentum=0.9, clipnorm=0.1),
        loss="sparse_categorical_crossentropy",
    )
    return model, x, y


def mixed_bfloat16_cnn():
    """A CNN computes in bfloat16 and keeps its weights in float32 (mixed_bfloat16 per layer).

    Source: https://keras.io/api/mixed_precision/
    """
    x, y = _digits()
    x = x.reshape(-1, 8, 8, 1)
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 3, activation="relu", dtype="mixed_bfloat16"),
            layers.MaxPooling2D(2, dtype="mixed_bfloat16"),
            layers.Flatten(dtype="mixed_bfloat16"),
            layers.Dense(48, activation="relu", dtype="mixed_bfloat16"),
            layers.Dense(10, activation="softmax", dtype="float32"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.004), loss="sparse_categorical_crossentropy")
    return model, x, y


def gru_sixty_steps():
    """A GRU reads 60 steps; what it needs is spread over the whole sequence and it is learned.

    Source: https://keras.io/api/layers/recurrent_layers/gru/
    """
    rng = np.random.RandomState(10)
    n, steps = 240, 60
    drift = rng.normal(size=(n, 1))
    x = (drift + rng.normal(size=(n, steps)))[..., None].astype("float32")
    y = drift.astype("float32")
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((steps, 1)),
            layers.GRU(16),
            layers.Dense(1),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", jit_compile=False)
    return model, x, y


class _Balance(layers.Layer):
    """Passes the gate on and adds a load-balancing loss."""

    def call(self, gate):
        use = ops.mean(gate, axis=0)
        self.add_loss(0.01 * ops.sum(ops.square(use)) * ops.shape(gate)[-1])
        return gate


def balanced_mixture_of_experts():
    """Soft mixture of four experts with a load-balancing loss; the gate's gradient is small and
    enough.

    Source: https://arxiv.org/abs/1701.06538
    """
    rng = np.random.RandomState(12)
    x = rng.normal(size=(1000, 6)).astype("float32")
    part = (x[:, 0] > 0) * 2 + (x[:, 1] > 0)
    y = np.einsum("nd,nd->n", x, rng.normal(size=(4, 6))[part]).astype("float32")[:, None]
    keras.utils.set_random_seed(1)
    inp = keras.Input((6,))
    gate = _Balance()(
        layers.Dense(4, activation="softmax")(layers.Dense(16, activation="relu")(inp))
    )
    experts = [layers.Dense(1)(inp) for _ in range(4)]
    stack = layers.Concatenate()(experts)
    out = layers.Dot(axes=1)([gate, stack])
    model = keras.Model(inp, out)
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse", jit_compile=False)
    return model, x, y


class _Capsules(layers.Layer):
    """Capsules with two rounds of routing by agreement."""

    def __init__(self, number, width, **kwargs):
        super().__init__(**kwargs)
        self.number, self.width = number, width

    def build(self, shape):
        self.kernel = self.add_weight(
            shape=(shape[1], self.number, shape[2], self.width),
            initializer="glorot_uniform",
            name="kernel",
        )

    @staticmethod
    def squash(v):
        size = ops.sum(ops.square(v), axis=-1, keepdims=True)
        return v * size / (1.0 + size) / ops.sqrt(size + 1e-7)

    def call(self, u):
        votes = ops.einsum("bij,inju->binu", u, self.kernel)
        logits = ops.zeros_like(votes[..., 0])
        fixed = ops.stop_gradient(votes)
        out = None
        for turn in range(2):
            share = ops.softmax(logits, axis=-1)
            out = self.squash(ops.einsum("bin,binu->bnu", share, votes))
            if turn == 0:
                logits = logits + ops.einsum("bnu,binu->bin", ops.stop_gradient(out), fixed)
        return out


def capsule_digits():
    """A capsule network with squashing, routing and the margin loss; its gradients start small and
    it learns.

    Source: https://arxiv.org/abs/1710.09829
    """
    x, y = _digits(900)
    y = np.eye(10, dtype="float32")[y]
    keras.utils.set_random_seed(1)
    inp = keras.Input((64,))
    h = layers.Dense(96, activation="relu")(inp)
    h = layers.Reshape((12, 8))(h)
    h = _Capsules(10, 6)(h)
    length = layers.Lambda(
        lambda v: ops.sqrt(ops.sum(ops.square(v), axis=-1) + 1e-7), output_shape=(10,)
    )(h)

    def margin(t, v):
        return ops.sum(
            t * ops.square(ops.maximum(0.9 - v, 0.0))
            + 0.5 * (1 - t) * ops.square(ops.maximum(v - 0.1, 0.0)),
            axis=-1,
        )

    model = keras.Model(inp, length)
    model.compile(optimizer=keras.optimizers.Adam(0.004), loss=margin, jit_compile=False)
    return model, x, y


def squeeze_excite_momentum():
    """A CNN with batch normalisation and a squeeze-and-excite block, trained by SGD with Nesterov
    momentum.

    Source: https://arxiv.org/abs/1709.01507
    """
    x, y = _digits()
    x = x.reshape(-1, 8, 8, 1)
    keras.utils.set_random_seed(1)
    inp = keras.Input((8, 8, 1))
    h = layers.Conv2D(16, 3, padding="same", use_bias=False)(inp)
    h = layers.Activation("relu")(layers.BatchNormalization()(h))
    s = layers.GlobalAveragePooling2D()(h)
    s = layers.Dense(16, activation="sigmoid")(layers.Dense(4, activation="relu")(s))
    h = layers.Multiply()([h, layers.Reshape((1, 1, 16))(s)])
    h = layers.Conv2D(24, 3, strides=2, activation="relu")(h)
    out = layers.Dense(10, activation="softmax")(layers.Flatten()(h))
    model = keras.Model(inp, out)
    model.compile(
        optimizer=keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
        loss="sparse_categorical_crossentropy",
        jit_compile=False,
    )
    return model, x, y


def highway_rmsprop():
    """Five highway layers whose gates start nearly closed (bias -2): inner gradients are small at
    first, as designed.

    Source: https://arxiv.org/abs/1505.00387
    """
    data = datasets.load_wine()
    x, y = _scaled(data.data), data.target.astype("int32")
    keras.utils.set_random_seed(1)
    inp = keras.Input((13,))
    h = layers.Dense(24)(inp)
    for _ in range(5):
        gate = layers.Dense(
            24, activation="sigmoid", bias_initializer=keras.initializers.Constant(-2.0)
        )(h)
        new = layers.Dense(24, activation="relu")(h)
        h = layers.Lambda(lambda t: t[0] * t[1] + (1.0 - t[0]) * t[2], output_shape=(24,))(
            [gate, new, h]
        )
    out = layers.Dense(3, activation="softmax")(h)
    model = keras.Model(inp, out)
    model.compile(
        optimizer=keras.optimizers.RMSprop(0.002),
        loss="sparse_categorical_crossentropy",
        jit_compile=False,
    )
    return model, x, y


class _Latent(layers.Layer):
    """Reparameterised sample; adds the KL term."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.noise = keras.random.SeedGenerator(1)

    def call(self, inputs):
        mean, log_var = inputs
        kl = -0.5 * ops.sum(1.0 + log_var - ops.square(mean) - ops.exp(log_var), axis=-1)
        self.add_loss(ops.mean(kl) / 64.0 * 0.2)
        return mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean), seed=self.noise)


def vae_with_added_loss():
    """A variational autoencoder of the digits; the KL term comes through add_loss.

    Source: https://keras.io/examples/generative/vae/
    """
    x, _ = _digits()
    x = (x - x.mean(0)) * 2.0
    keras.utils.set_random_seed(1)
    inp = keras.Input((64,))
    h = layers.Dense(64, activation="relu")(inp)
    z = _Latent()(
        [
            layers.Dense(6)(h),
            layers.Dense(
                6, kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(-2.0)
            )(h),
        ]
    )
    h = layers.Dense(64, activation="relu")(z)
    out = layers.Dense(64)(h)
    model = keras.Model(inp, out)
    model.compile(optimizer=keras.optimizers.Adam(0.004), loss="mse")
    return model, x, x


def denoising_conv_autoencoder():
    """A convolutional autoencoder removes added noise; sigmoid output and cross-entropy, whose
    floor is well above zero.

    Source: https://blog.keras.io/building-autoencoders-in-keras.html
    """
    x, _ = _digits(800)
    clean = (x.reshape(-1, 8, 8, 1) > 0.4).astype("float32")
    noisy = clean + np.random.RandomState(14).normal(scale=0.3, size=clean.shape).astype("float32")
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2D(24, 3, padding="same", activation="relu"),
            layers.Conv2DTranspose(16, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adamax(0.01), loss="binary_crossentropy")
    return model, noisy, clean


def two_heads_lamb():
    """One trunk with a class head and a regression head of quite different loss weights, trained
    by LAMB.

    Source: https://keras.io/guides/functional_api/
    """
    data = datasets.load_wine()
    x = _scaled(data.data[:, :-1])
    y = {"kind": data.target.astype("int32"), "proline": _scaled(data.data[:, -1:])}
    keras.utils.set_random_seed(1)
    inp = keras.Input((12,))
    h = layers.Dense(32, activation="relu")(inp)
    h = layers.Dense(16, activation="relu")(h)
    kind = layers.Dense(3, activation="softmax", name="kind")(h)
    proline = layers.Dense(1, name="proline")(h)
    model = keras.Model(inp, {"kind": kind, "proline": proline})
    model.compile(
        optimizer=keras.optimizers.Lamb(0.01),
        loss={"kind": "sparse_categorical_crossentropy", "proline": "mse"},
        loss_weights={"kind": 1.0, "proline": 0.2},
    )
    return model, x, y


def contrastive_pairs():
    """A siamese tower with a floored distance and the contrastive loss: dissimilar pairs beyond
    the margin give zero gradients.

    Source: https://keras.io/examples/vision/siamese_contrastive/
    """
    images, label = _digits()
    rng = np.random.RandomState(16)
    left = rng.randint(0, len(images), 1000)
    right = rng.randint(0, len(images), 1000)
    for i in range(0, 1000, 2):
        right[i] = rng.choice(np.flatnonzero(label == label[left[i]]))
    x = np.stack([images[left], images[right]], 1)
    y = (label[left] == label[right]).astype("float32")[:, None]
    keras.utils.set_random_seed(1)
    pair = keras.Input((2, 64))
    tower = keras.Sequential(
        [keras.Input((64,)), layers.Dense(64, activation="relu"), layers.Dense(12)]
    )
    a, b = tower(pair[:, 0]), tower(pair[:, 1])
    out = layers.Lambda(
        lambda t: ops.sqrt(
            ops.maximum(ops.sum(ops.square(t[0] - t[1]), axis=-1, keepdims=True), 1e-7)
        ),
        output_shape=(1,),
    )([a, b])

    def loss(t, d):
        return ops.mean(
            t * ops.square(d) + (1 - t) * ops.square(ops.maximum(1.0 - d, 0.0)), axis=-1
        )

    model = keras.Model(pair, out)
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss=loss)
    return model, x, y


def three_quantiles():
    """Quantile regression with the pinball loss: its gradients are constant steps and do not fade
    near the optimum.

    Source: https://scikit-learn.org/stable/auto_examples/linear_model/plot_quantile_regression.html
    """
    rng = np.random.RandomState(18)
    x = rng.uniform(-2, 2, size=(1200, 3)).astype("float32")
    y = (
        np.sin(2 * x[:, :1]) * 2
        + x[:, 1:2]
        + rng.normal(size=(1200, 1)) * (0.2 + 0.2 * np.abs(x[:, 2:3]))
    ).astype("float32")
    levels = np.array([0.1, 0.5, 0.9], "float32")

    def pinball(t, q):
        gap = t - q
        return ops.mean(ops.maximum(levels * gap, (levels - 1.0) * gap), axis=-1)

    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((3,)),
            layers.Dense(48, activation="relu"),
            layers.Dense(32, activation="relu"),
            layers.Dense(3),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss=pinball)
    return model, x, y


def linear_hinge():
    """A linear support vector machine: rows outside the margin have exactly zero gradient, more
    and more of them as it learns.

    Source: https://keras.io/api/losses/hinge_losses/
    """
    data = datasets.load_breast_cancer()
    x, y = _scaled(data.data), (2.0 * data.target - 1.0).astype("float32")[:, None]
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((30,)),
            layers.Dense(1, kernel_regularizer=keras.regularizers.L2(1e-3)),
        ]
    )
    model.compile(optimizer=keras.optimizers.SGD(0.02), loss="hinge")
    return model, x, y


def poisson_counts():
    """Counts with the Poisson loss and an exponential output, whose last layer starts at zero.

    Source: https://github.com/keras-team/keras/pull/479
    """
    rng = np.random.RandomState(20)
    x = rng.normal(size=(1200, 8)).astype("float32")
    rate = np.exp(1.0 + 0.6 * x[:, 0] - 0.5 * np.abs(x[:, 1]) + 0.3 * x[:, 2])
    y = rng.poisson(rate).astype("float32")[:, None]

    def deviance(t, p):
        safe = ops.maximum(t, 1e-6)
        return ops.mean(2.0 * (t * ops.log(safe / p) - (t - p)), axis=-1)

    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(32, activation="relu"),
            layers.Dense(1, activation="exponential", kernel_initializer="zeros"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss=deviance)
    return model, x, y


class _TiedHead(layers.Layer):
    """Scores every word with the embedding table itself."""

    def __init__(self, table, **kwargs):
        super().__init__(**kwargs)
        self.table = table

    def build(self, shape):
        self.bias = self.add_weight(shape=(self.table.input_dim,), initializer="zeros", name="bias")

    def call(self, h):
        return ops.matmul(h, ops.transpose(self.table.embeddings)) + self.bias


def tied_language_model():
    """A next-word model shares one table between input and output (weight tying), trained by
    Adafactor.

    Source: https://arxiv.org/abs/1608.05859
    """
    rng = np.random.RandomState(22)
    vocab = 40
    follow = rng.randint(0, vocab, size=(vocab, 2))
    words = [0]
    for _ in range(1300):
        words.append(
            int(follow[words[-1], rng.randint(2)])
            if rng.uniform() < 0.9
            else int(rng.randint(vocab))
        )
    words = np.array(words, "int32")
    x = np.stack([words[i : i + 4] for i in range(1200)])
    y = words[4:1204]
    keras.utils.set_random_seed(1)
    tokens = keras.Input((4,), dtype="int32")
    table = layers.Embedding(
        vocab, 24, embeddings_initializer=keras.initializers.RandomNormal(stddev=0.2, seed=5)
    )
    h = layers.Flatten()(table(tokens))
    h = layers.Dense(64, activation="relu")(h)
    h = layers.Dense(24)(h)
    out = _TiedHead(table)(h)
    model = keras.Model(tokens, out)
    model.compile(
        optimizer=keras.optimizers.Adafactor(0.05),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model, x, y


def lora_adapters():
    """A trained network is adapted to transposed images through LoRA: the base is frozen, B starts
    at zero, so A's first gradient is exactly zero.

    Source: https://arxiv.org/abs/2106.09685
    """
    x, y = _digits()
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=64, epochs=4, verbose=0)
    for layer in model.layers:
        layer.enable_lora(8)
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="sparse_categorical_crossentropy")
    turned = x.reshape(-1, 8, 8).transpose(0, 2, 1).reshape(-1, 64)
    return model, turned, y


PROGRAMS = {
    sparse_wide_relu_lion: dict(batch=32, epochs=4),
    sigmoid_net_good_start: dict(batch=16, epochs=4),
    rezero_deep_residual: dict(batch=32, epochs=4),
    finetune_small_rate: dict(batch=16, epochs=4),
    frozen_backbone_probe: dict(batch=32, epochs=4),
    one_row_at_a_time: dict(batch=1, epochs=2),
    rare_class_with_prior: dict(batch=32, epochs=4),
    diabetes_in_natural_units: dict(batch=16, epochs=6),
    heavy_dropout: dict(batch=32, epochs=5),
    embedding_of_rare_words: dict(batch=32, epochs=5),
    long_after_convergence: dict(batch=16, epochs=10),
    transformer_with_warmup: dict(batch=32, epochs=4),
    clipped_lstm_characters: dict(batch=32, epochs=5),
    mixed_bfloat16_cnn: dict(batch=32, epochs=4),
    gru_sixty_steps: dict(batch=20, epochs=5),
    balanced_mixture_of_experts: dict(batch=32, epochs=5),
    capsule_digits: dict(batch=32, epochs=4),
    squeeze_excite_momentum: dict(batch=32, epochs=3),
    highway_rmsprop: dict(batch=8, epochs=5),
    vae_with_added_loss: dict(batch=32, epochs=6),
    denoising_conv_autoencoder: dict(batch=32, epochs=5),
    two_heads_lamb: dict(start=True, batch=8, epochs=6),
    contrastive_pairs: dict(batch=32, epochs=4),
    three_quantiles: dict(batch=32, epochs=5),
    linear_hinge: dict(batch=16, epochs=4),
    poisson_counts: dict(batch=32, epochs=5),
    tied_language_model: dict(batch=32, epochs=6),
    lora_adapters: dict(batch=32, epochs=4),
}
