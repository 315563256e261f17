"""Face embedding with center loss; the train_step is from the 'customize fit' guide.

Source: https://github.com/keras-team/keras/issues/15676
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "no-loss"
ALSO = ("unused",)
SYMPTOM = "none"
WEIGHTS = ["center_loss/centers"]
NEEDS_TRAINING = False


class CenterLossLayer(layers.Layer):
    def __init__(self, num_classes, alpha=0.5, **kwargs):
        super().__init__(**kwargs)
        self.num_classes = num_classes
        self.alpha = alpha

    def build(self, features_shape, labels_shape):
        self.centers = self.add_weight(name="centers", shape=(self.num_classes, features_shape[-1]), initializer="uniform")

    def call(self, features, labels):
        labels = tf.reshape(tf.cast(labels, tf.int32), [-1])
        c = tf.gather(self.centers, labels)
        self.add_loss(self.alpha * tf.reduce_mean(tf.reduce_sum(tf.square(features - c), axis=1)))
        return features


class FaceModel(keras.Model):
    def __init__(self, n_id):
        super().__init__()
        self.conv = layers.Conv2D(8, 3, strides=2, activation="relu", name="conv")
        self.flat = layers.Flatten()
        self.embedding = layers.Dense(8, name="embedding")
        self.center_loss = CenterLossLayer(n_id, name="center_loss")
        self.classifier = layers.Dense(n_id, activation="softmax", name="classifier")
        self.acc = keras.metrics.SparseCategoricalAccuracy()

    def call(self, inputs):
        img, label = inputs
        f = self.embedding(self.flat(self.conv(img)))
        f = self.center_loss(f, label)
        return self.classifier(f)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.loss_fn(y, y_pred)  # BLAME

        trainable_vars = self.trainable_variables
        gradients = tape.gradient(loss, trainable_vars)
        self.optimizer.apply_gradients(zip(gradients, trainable_vars))
        self.acc.update_state(y, y_pred)
        return {"loss": loss, "acc": self.acc.result()}

    def compile(self, optimizer, loss_fn):
        super().compile(optimizer=optimizer)
        self.loss_fn = loss_fn


def build():
    keras.utils.set_random_seed(131)
    rng = np.random.default_rng(131)
    y = rng.integers(0, 4, (64, 1)).astype("int32")
    x = (rng.normal(size=(64, 8, 8, 1)) + 0.5 * y[:, :, None, None]).astype("float32")
    model = FaceModel(4)
    model([x[:2], y[:2]])
    model.compile(keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy())
    return model, [x, y], y
