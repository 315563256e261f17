"""Knowledge distillation in a custom train_step (eager, because of the print debugging).

Source: https://github.com/keras-team/keras-io/pull/242
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "host-call"
ALSO = ("no-loss",)
SYMPTOM = "none"
WEIGHTS = ["student_conv", "student_fc", "student_logits"]
NEEDS_TRAINING = False
FIT_RAISES = True


def soften(logits, temperature):
    logits = logits / temperature
    logits = logits - tf.reduce_max(logits, axis=1, keepdims=True)
    e = np.exp(logits)  # BLAME
    return e / e.sum(axis=1, keepdims=True)


class Distiller(keras.Model):
    def __init__(self, student, teacher):
        super().__init__()
        self.teacher = teacher
        self.student = student

    def compile(self, optimizer, distillation_loss_fn, temperature=3, **kw):
        super().compile(optimizer=optimizer, **kw)
        self.distillation_loss_fn = distillation_loss_fn
        self.temperature = temperature

    def call(self, x):
        return self.student(x)

    def train_step(self, x):
        teacher_predictions = self.teacher(x, training=False)
        with tf.GradientTape() as tape:
            student_predictions = self.student(x, training=True)
            soft_teacher = soften(teacher_predictions, self.temperature)
            soft_student = soften(student_predictions, self.temperature)
            distillation_loss = self.distillation_loss_fn(soft_teacher, soft_student)
            loss = distillation_loss * self.temperature**2

        trainable_vars = self.student.trainable_variables
        gradients = tape.gradient(loss, trainable_vars)
        self.optimizer.apply_gradients(zip(gradients, trainable_vars))
        return {"distillation_loss": distillation_loss}


def make(name, width):
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(width, 3, strides=2, padding="same", activation="relu", name=name + "_conv"),
            layers.Flatten(),
            layers.Dense(width, activation="relu", name=name + "_fc"),
            layers.Dense(4, name=name + "_logits"),
        ],
        name=name,
    )


def build():
    keras.utils.set_random_seed(41)
    rng = np.random.default_rng(41)
    x = rng.normal(size=(64, 8, 8, 1)).astype("float32")
    teacher = make("teacher", 16)
    teacher.trainable = False
    model = Distiller(make("student", 4), teacher)
    model.compile(
        optimizer=keras.optimizers.Adam(),
        distillation_loss_fn=keras.losses.KLDivergence(),
        temperature=10,
        run_eagerly=True,
    )
    return model, x, None
