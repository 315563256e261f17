"""A leaky reservoir with decay 0.6 runs 40 steps; the conditioning network only sets the first state, of which 0.6**40 is left."""
import keras
import numpy as np
from keras import layers, ops

CODE = "vanishing"
SYMPTOM = "vanishing"
WEIGHTS = ["patient_hidden", "patient_state"]
NEEDS_TRAINING = False


class LeakyIntegrator(layers.Layer):
    def __init__(self, decay=0.6, **kwargs):
        super().__init__(**kwargs)
        self.decay = decay

    def build(self, state_shape, signal_shape):
        self.drive = self.add_weight(name="drive", shape=(signal_shape[-1], state_shape[-1]))

    def call(self, state, signal):
        push = ops.tanh(ops.matmul(signal, self.drive))
        for t in range(signal.shape[1]):
            state = self.decay * state + (1.0 - self.decay) * push[:, t]  # BLAME
        return state

    def compute_output_shape(self, state_shape, signal_shape):
        return state_shape


def build():
    keras.utils.set_random_seed(718)
    patient = keras.Input((5,), name="patient")
    ecg = keras.Input((40, 2), name="ecg")
    s = layers.Dense(12, activation="tanh", name="patient_hidden")(patient)
    s = layers.Dense(10, name="patient_state")(s)
    h = LeakyIntegrator(name="integrate")(s, ecg)
    model = keras.Model({"patient": patient, "ecg": ecg}, layers.Dense(1, name="risk")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    rng = np.random.default_rng(718)
    x = {
        "patient": rng.normal(size=(64, 5)).astype("float32"),
        "ecg": rng.normal(size=(64, 40, 2)).astype("float32"),
    }
    return model, x, (x["patient"][:, :1] + x["ecg"][:, -1, :1]).astype("float32")
