"""Style transfer: the Gram matrix of the output's features is taken with np.einsum, which accepts eager tensors and returns an array."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "host-call"
SYMPTOM = "none"
WEIGHTS = ["style_conv", "style_out"]
NEEDS_TRAINING = False
FIT_RAISES = True


def gram(features):
    pixels = features.shape[1] * features.shape[2]
    return np.einsum("bhwc,bhwd->bcd", features, features) / np.float32(pixels)  # BLAME


class StyleTransfer(keras.Model):
    def __init__(self, painter, feature_net, **kwargs):
        super().__init__(**kwargs)
        self.painter = painter
        self.feature_net = feature_net
        self.feature_net.trainable = False

    def call(self, photo):
        return self.painter(photo)

    def train_step(self, data):
        photo, style = data
        with tf.GradientTape() as tape:
            painted = self.painter(photo, training=True)
            got = gram(self.feature_net(painted, training=False))
            wanted = gram(self.feature_net(style, training=False))
            style_loss = tf.reduce_mean(tf.square(got - wanted))
        weights = self.painter.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(style_loss, weights), weights))
        return {"style_loss": style_loss}


def build():
    keras.utils.set_random_seed(612)
    painter = keras.Sequential(
        [
            keras.Input((10, 10, 3)),
            layers.Conv2D(6, 3, padding="same", activation="relu", name="style_conv"),
            layers.Conv2D(3, 3, padding="same", activation="sigmoid", name="style_out"),
        ],
        name="painter",
    )
    feature_net = keras.Sequential(
        [keras.Input((10, 10, 3)), layers.Conv2D(8, 3, activation="relu", name="vgg_like")], name="features"
    )
    model = StyleTransfer(painter, feature_net)
    model.compile(optimizer="adam", run_eagerly=True)
    rng = np.random.default_rng(612)
    return model, rng.random((64, 10, 10, 3)).astype("float32"), rng.random((64, 10, 10, 3)).astype("float32")
