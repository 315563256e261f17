"""Mean pooling over a DNA read keeps the padding and drops the bases; full-length reads have no padding, so the pooled vector is 0.

Source: https://github.com/CyberZHG/keras-bert/issues/34
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "zero-signal"
SYMPTOM = "zero"
WEIGHTS = ["base_vectors", "motif", "binding/kernel"]
NEEDS_TRAINING = False

LENGTH = 16
PAD = 0


class MaskedMean(layers.Layer):
    """mean over the real bases of a read; codes equal to PAD do not count"""

    def call(self, features, codes):
        kept = features * ops.expand_dims(ops.cast(ops.equal(codes, PAD), features.dtype), -1)  # BLAME
        return ops.sum(kept, axis=1) / LENGTH

    def compute_output_shape(self, features_shape, codes_shape):
        return (features_shape[0], features_shape[-1])


def build():
    keras.utils.set_random_seed(399)
    codes = keras.Input((LENGTH,), dtype="int32", name="codes")
    h = layers.Embedding(5, 6, name="base_vectors")(codes)
    h = layers.Conv1D(8, 5, padding="same", activation="gelu", name="motif_conv")(h)
    h = layers.Conv1D(8, 3, padding="same", activation="gelu", name="motif_mix")(h)
    pooled = MaskedMean(name="masked_mean")(h, codes)
    binds = layers.Dense(1, activation="sigmoid", name="binding")(pooled)
    model = keras.Model(codes, binds, name="transcription_factor")
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(399)
    reads = rng.integers(1, 5, (64, LENGTH)).astype("int32")
    has_motif = ((reads[:, :-1] == 2) & (reads[:, 1:] == 3)).sum(1) > 1
    return model, reads, has_motif.astype("float32")[:, None]
