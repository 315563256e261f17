"""What one writes with TensorFlow to see gradients during `fit`."""

import keras
import tensorflow as tf


class TapeRecompute(keras.callbacks.Callback):
    """Computes the gradients of a fixed batch once more after every batch, and logs their norms."""

    def __init__(self, batch, directory):
        super().__init__()
        self.batch = batch
        self.writer = tf.summary.create_file_writer(directory)
        self.steps = 0

    def on_train_begin(self, logs=None):
        self.norms = tf.function(self.compute)

    def compute(self):
        x, y = self.batch
        with tf.GradientTape() as tape:
            loss = self.model.compute_loss(x=x, y=y, y_pred=self.model(x, training=True))
        gradients = tape.gradient(loss, self.model.trainable_variables)
        return [tf.norm(tf.convert_to_tensor(gradient)) for gradient in gradients]

    def on_train_batch_end(self, batch, logs=None):
        with self.writer.as_default(step=self.steps):
            for weight, norm in zip(self.model.trainable_variables, self.norms(), strict=True):
                tf.summary.scalar(weight.path, norm)
        self.steps += 1


class SummaryInTheStep(keras.callbacks.Callback):
    """Writes a scalar and a histogram of each gradient from inside the train step."""

    def __init__(self, model, directory):
        super().__init__()
        self.writer = tf.summary.create_file_writer(directory)
        self.apply, model.optimizer.apply = model.optimizer.apply, self.applied
        self.optimizer = model.optimizer

    def applied(self, gradients, variables=None):
        step = tf.cast(tf.convert_to_tensor(self.optimizer.iterations), "int64")
        with self.writer.as_default(step=step):
            for gradient, weight in zip(gradients, variables, strict=True):
                gradient = tf.convert_to_tensor(gradient)
                tf.summary.scalar(f"norm/{weight.path}", tf.norm(gradient))
                tf.summary.histogram(weight.path, gradient)
        return self.apply(gradients, variables)

    def on_train_end(self, logs=None):
        self.writer.flush()


def tape_recompute(model, batch, directory):
    return [TapeRecompute([tf.constant(part) for part in batch], directory)]


def summary_in_the_step(model, batch, directory):
    return [SummaryInTheStep(model, directory)]


def keras_tensorboard(model, batch, directory):
    """Keras' own callback, which writes with `tf.summary`: histograms of weights, once an epoch."""
    return [keras.callbacks.TensorBoard(directory, histogram_freq=1, write_graph=False)]


ROWS = {
    "Keras TensorBoard, histogram_freq=1": keras_tensorboard,
    "tape recompute, norms": tape_recompute,
    "tf.summary in the train step": summary_in_the_step,
}
