"""A multi-task train_step collects a dict of losses and differentiates only the first entry: the age head never learns."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "no-loss"
ALSO = ("unused",)  # verdicts that are right as well
SYMPTOM = "none"
WEIGHTS = ["age_hidden", "age_out"]
NEEDS_TRAINING = False


class FaceNet(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.DepthwiseConv2D(3, depth_multiplier=3, activation="elu", name="trunk")
        self.pool = layers.GlobalAveragePooling2D()
        self.gender = layers.Dense(1, name="gender")
        self.age_hidden = layers.Dense(5, activation="tanh", name="age_hidden")
        self.age = layers.Dense(1, name="age_out")
        self.bce = keras.losses.BinaryCrossentropy(from_logits=True)
        self.mae = keras.losses.MeanAbsoluteError()

    def call(self, image):
        h = self.pool(self.conv(image))
        return {"gender": self.gender(h), "age": self.age(self.age_hidden(h))}

    def train_step(self, data):
        image, y = data
        with tf.GradientTape() as tape:
            out = self(image, training=True)
            losses = {"gender": self.bce(y["gender"], out["gender"]), "age": self.mae(y["age"], out["age"])}
            total = losses["gender"]  # BLAME
        grads = tape.gradient(total, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return losses


def build():
    keras.utils.set_random_seed(614)
    rng = np.random.default_rng(614)
    x = rng.random((64, 8, 8, 2)).astype("float32")
    model = FaceNet()
    model(x[:1])
    model.compile(optimizer="adam")
    y = {
        "gender": rng.integers(0, 2, (64, 1)).astype("float32"),
        "age": rng.uniform(0, 1, (64, 1)).astype("float32"),
    }
    return model, x, y
