"""FitNets-style distillation in a custom train_step: the hint loss compares the teacher's features with themselves, so the regressor gets none."""
import keras
import numpy as np
import torch
import torch.nn.functional as F
from keras import layers

CODE = "no-loss"
ALSO = ("unused",)
SYMPTOM = "none"
WEIGHTS = ["hint_regressor"]
NEEDS_TRAINING = False


class Distiller(keras.Model):
    def __init__(self, classes, **kwargs):
        super().__init__(**kwargs)
        self.teacher_body = layers.Dense(32, activation="relu", trainable=False, name="teacher_body")
        self.student_body = layers.Dense(10, activation="relu", name="student_body")
        self.student_head = layers.Dense(classes, name="student_head")
        self.hint_regressor = layers.Dense(32, name="hint_regressor")

    def call(self, x):
        h = self.student_body(x)
        return {"logits": self.student_head(h), "hint": self.hint_regressor(h), "wanted": self.teacher_body(x)}

    def train_step(self, data):
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        self.zero_grad()
        out = self(x, training=True)
        task = F.cross_entropy(out["logits"], y.long())
        hint = F.mse_loss(out["wanted"], out["wanted"])  # BLAME
        loss = task + 0.5 * hint
        loss.backward()
        weights = [w for w in self.trainable_weights if w.value.grad is not None]
        with torch.no_grad():
            self.optimizer.apply([w.value.grad for w in weights], weights)
        return {"task": task.detach(), "hint": hint.detach()}


def build():
    keras.utils.set_random_seed(766)
    rng = np.random.default_rng(766)
    y = rng.integers(0, 4, 64).astype("int32")
    x = (rng.normal(size=(64, 13)) + 2.0 * np.eye(4, 13)[y]).astype("float32")
    model = Distiller(4)
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model, x, y
