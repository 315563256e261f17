"""A decoder 'truncates' backpropagation by detaching its state at each step: the network that makes the first state gets nothing."""
import keras
import numpy as np
from keras import layers, ops

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["context_hidden", "context_state"]
NEEDS_TRAINING = False


class Unroll(layers.Layer):
    """Rolls a latent state forward, driven by known controls, and emits all states."""

    def build(self, state_shape, controls_shape):
        width = state_shape[-1]
        self.recurrent = self.add_weight(name="recurrent", shape=(width, width), initializer="orthogonal")
        self.drive = self.add_weight(name="drive", shape=(controls_shape[-1], width))

    def call(self, state, controls):
        states = []
        for t in range(controls.shape[1]):
            state = ops.stop_gradient(state)  # BLAME
            state = ops.tanh(ops.matmul(state, self.recurrent) + ops.matmul(controls[:, t], self.drive))
            states.append(state)
        return ops.stack(states, axis=1)

    def compute_output_shape(self, state_shape, controls_shape):
        return (state_shape[0], controls_shape[1], state_shape[-1])


def build():
    keras.utils.set_random_seed(704)
    context = keras.Input((6,), name="context")
    controls = keras.Input((5, 2), name="controls")
    s = layers.Dense(12, activation="relu", name="context_hidden")(context)
    s = layers.Dense(8, activation="tanh", name="context_state")(s)
    states = Unroll(name="unroll")(s, controls)
    model = keras.Model([context, controls], layers.Dense(1, name="height")(states))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(704)
    c = rng.normal(size=(64, 6)).astype("float32")
    u = rng.normal(size=(64, 5, 2)).astype("float32")
    return model, [c, u], (c[:, None, :1] + np.cumsum(u[..., :1], axis=1)).astype("float32")
