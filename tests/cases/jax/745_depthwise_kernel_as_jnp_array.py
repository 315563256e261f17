"""A causal depthwise conv keeps its kernel as the jnp array that the initializer returned: Keras does not know it, it is never trained."""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = []
UNTRACKED = ["taps"]
NEEDS_TRAINING = False


class CausalDepthwise(layers.Layer):
    def __init__(self, length, **kwargs):
        super().__init__(**kwargs)
        self.length = length

    def build(self, input_shape):
        initializer = jax.nn.initializers.lecun_normal(in_axis=0, out_axis=2)
        shape = (self.length, 1, input_shape[-1])
        self.taps = initializer(jax.random.key(745), shape, jnp.float32)  # BLAME
        self.gate = self.add_weight(name="gate", shape=(input_shape[-1],), initializer="ones")

    def call(self, x):
        mixed = jax.lax.conv_general_dilated(
            x,
            self.taps,
            window_strides=(1,),
            padding=((self.length - 1, 0),),
            dimension_numbers=("NWC", "WIO", "NWC"),
            feature_group_count=x.shape[-1],
        )
        return x + jax.nn.silu(mixed) * self.gate.value

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(745)
    price = keras.Input((14, 3), name="price")
    h = layers.Dense(8, name="embed")(price)
    h = CausalDepthwise(4, name="mixer_0")(h)
    h = layers.LayerNormalization(name="norm")(h)
    h = CausalDepthwise(4, name="mixer_1")(h)
    model = keras.Model(price, layers.Dense(1, name="next_price")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mae")
    rng = np.random.default_rng(745)
    x = np.cumsum(rng.normal(size=(64, 15, 3)), axis=1).astype("float32")
    return model, x[:, :-1], x[:, 1:, :1]
