"""Mean teacher: supervised loss plus consistency with a teacher head.

Source: https://github.com/keras-team/keras/issues/18881
"""
import jax
import jax.numpy as jnp
import numpy as np
import keras
from keras import layers, ops

CODE = "stop-gradient"
SYMPTOM = "zero"
WEIGHTS = ["proj_hidden", "proj_out"]
NEEDS_TRAINING = False


def consistency(student, teacher):
    student = student / jnp.sqrt(jnp.sum(student**2, -1, keepdims=True) + 1e-6)
    teacher = teacher / jnp.sqrt(jnp.sum(teacher**2, -1, keepdims=True) + 1e-6)
    student = jax.lax.stop_gradient(student)  # BLAME
    return jnp.mean(jnp.sum((student - teacher) ** 2, -1))


class MeanTeacher(keras.Model):
    def __init__(self, classes, weight=1.0, **kwargs):
        super().__init__(**kwargs)
        self.weight = weight
        self.trunk = layers.Dense(32, activation="relu", name="trunk")
        self.logits = layers.Dense(classes, name="logits")
        self.proj_hidden = layers.Dense(16, activation="relu", name="proj_hidden")
        self.proj_out = layers.Dense(8, name="proj_out")
        self.teacher_trunk = layers.Dense(32, activation="relu", trainable=False, name="teacher_trunk")
        self.teacher_out = layers.Dense(8, trainable=False, name="teacher_out")

    def call(self, x):
        h = self.trunk(x)
        s = self.proj_out(self.proj_hidden(h))
        t = self.teacher_out(self.teacher_trunk(x))
        return jnp.concatenate([self.logits(h), s, t], axis=-1)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        logits, s, t = y_pred[:, :3], y_pred[:, 3:11], y_pred[:, 11:]
        logp = jax.nn.log_softmax(logits)
        supervised = -jnp.mean(jnp.take_along_axis(logp, y[:, None].astype("int32"), axis=1))
        return supervised + self.weight * consistency(s, t)


def build():
    keras.utils.set_random_seed(2005)
    rng = np.random.default_rng(2005)
    y = rng.integers(0, 3, 64).astype("int32")
    x = (rng.normal(size=(64, 10)) + 1.5 * np.eye(3, 10)[y]).astype("float32")
    model = MeanTeacher(3)
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model, x, y
