"""Healthy: LoRA on frozen Dense layers; A is random, B starts at zero, so A's gradient is exactly 0 on the first batch only."""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
QUIET = ["lora_a"]  # exactly 0 on the first batch, gone after one update
AFTER_STEPS = 1


class LoraDense(layers.Layer):
    def __init__(self, base, rank=3, alpha=6.0, **kwargs):
        super().__init__(**kwargs)
        self.base, self.rank, self.scale = base, rank, alpha / rank
        self.base.trainable = False

    def build(self, input_shape):
        if not self.base.built:
            self.base.build(input_shape)
        self.lora_a = self.add_weight(name="lora_a", shape=(input_shape[-1], self.rank), initializer="he_uniform")
        self.lora_b = self.add_weight(name="lora_b", shape=(self.rank, self.base.units), initializer="zeros")

    def call(self, x):
        return self.base(x) + self.scale * ops.matmul(ops.matmul(x, self.lora_a), self.lora_b)


def build():
    keras.utils.set_random_seed(641)
    features = keras.Input((14,))
    h = LoraDense(layers.Dense(16, name="pretrained_1"), name="lora_1")(features)
    h = layers.Activation("gelu")(h)
    h = LoraDense(layers.Dense(12, name="pretrained_2"), name="lora_2")(h)
    h = layers.Activation("gelu")(h)
    model = keras.Model(features, layers.Dense(2, activation="softmax", name="new_head")(h))
    model.compile(optimizer=keras.optimizers.AdamW(1e-3), loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(641)
    x = rng.normal(size=(64, 14)).astype("float32")
    return model, x, (x[:, 0] > x[:, 1]).astype("int64")
