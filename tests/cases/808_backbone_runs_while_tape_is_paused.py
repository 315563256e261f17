"""Fine-tuning loop saves memory by calling the backbone inside tape.stop_recording(); the backbone was meant to be tuned."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["bb_conv", "bb_norm"]
NEEDS_TRAINING = False


class FineTuner(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.backbone = keras.Sequential(
            [
                keras.Input((9, 9, 3)),
                layers.Conv2D(6, 3, name="bb_conv"),
                layers.GroupNormalization(groups=2, name="bb_norm"),
                layers.Activation("silu"),
                layers.GlobalAveragePooling2D(),
            ],
            name="backbone",
        )
        self.head = layers.Dense(4, name="head")

    def call(self, x, training=False):
        return self.head(self.backbone(x, training=training))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            with tape.stop_recording():
                features = self.backbone(x, training=True)  # BLAME
            logits = self.head(features)
            loss = self.compute_loss(x=x, y=y, y_pred=logits)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": loss}


def build():
    keras.utils.set_random_seed(608)
    rng = np.random.default_rng(608)
    x = rng.random((64, 9, 9, 3)).astype("float32")
    model = FineTuner()
    model(x[:1])
    model.compile(
        optimizer="rmsprop", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    return model, x, rng.integers(0, 4, 64)
