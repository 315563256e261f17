"""Face attributes with three heads and a hand-written train_step: gender and smile get better, the age predictions are noise.

Source: own, after a common kind of question (no single thread)
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "no-loss"
ALSO = ("unused",)
SYMPTOM = "none"
WEIGHTS = ["age_fc", "age_out"]
NEEDS_TRAINING = False


class FaceAttributes(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv2D(6, 3, strides=2, activation="relu", name="conv")
        self.pool = layers.GlobalAveragePooling2D()
        for head in ("age", "gender", "smile"):
            setattr(self, f"{head}_fc", layers.Dense(8, activation="relu", name=f"{head}_fc"))
            setattr(self, f"{head}_out", layers.Dense(1, name=f"{head}_out"))
        self.bce = keras.losses.BinaryCrossentropy(from_logits=True)
        self.mae = keras.losses.MeanAbsoluteError()

    def call(self, image):
        h = self.pool(self.conv(image))
        age = self.age_out(self.age_fc(h))
        gender = self.gender_out(self.gender_fc(h))
        smile = self.smile_out(self.smile_fc(h))
        return age, gender, smile

    def losses_of(self, y, outputs):
        age, gender, smile = outputs
        gender_loss = self.bce(y["gender"], gender)
        smile_loss = self.bce(y["smile"], smile)
        age_loss = self.mae(y["age"], gender)  # BLAME
        return {"age": age_loss, "gender": gender_loss, "smile": smile_loss}

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            parts = self.losses_of(y, self(x, training=True))
            total = 0.1 * parts["age"] + parts["gender"] + parts["smile"]
        grads = tape.gradient(total, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return parts


def build():
    keras.utils.set_random_seed(716)
    rng = np.random.default_rng(716)
    x = rng.random((64, 12, 12, 3)).astype("float32")
    y = {
        "age": rng.uniform(-1, 1, (64, 1)).astype("float32"),
        "gender": rng.integers(0, 2, (64, 1)).astype("float32"),
        "smile": rng.integers(0, 2, (64, 1)).astype("float32"),
    }
    model = FaceAttributes()
    model(x[:2])
    model.compile(optimizer="adam")
    return model, x, y
