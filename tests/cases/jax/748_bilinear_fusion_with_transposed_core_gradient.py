"""A bilinear fusion has a custom_vjp; the gradient of its square core is built as outer(b, a) instead of outer(a, b)."""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["fuse/core"]
NEEDS_TRAINING = False


@jax.custom_vjp
def bilinear(a, b, core):
    return jnp.einsum("bi,ijk,bj->bk", a, core, b)


def bilinear_forward(a, b, core):
    return bilinear(a, b, core), (a, b, core)


def bilinear_backward(saved, upstream):
    a, b, core = saved
    grad_a = jnp.einsum("bk,ijk,bj->bi", upstream, core, b)
    grad_b = jnp.einsum("bk,ijk,bi->bj", upstream, core, a)
    grad_core = jnp.einsum("bk,bi,bj->ijk", upstream, b, a)  # BLAME
    return grad_a, grad_b, grad_core


bilinear.defvjp(bilinear_forward, bilinear_backward)


class BilinearFusion(layers.Layer):
    def __init__(self, rank, **kwargs):
        super().__init__(**kwargs)
        self.rank = rank

    def build(self, a_shape, b_shape):
        shape = (a_shape[-1], b_shape[-1], self.rank)
        self.core = self.add_weight(
            name="core", shape=shape, initializer=keras.initializers.RandomNormal(stddev=0.3)
        )

    def call(self, a, b):
        return bilinear(a, b, self.core.value)

    def compute_output_shape(self, a_shape, b_shape):
        return (a_shape[0], self.rank)


def build():
    keras.utils.set_random_seed(748)
    image = keras.Input((12,), name="image")
    question = keras.Input((7,), name="question")
    a = layers.Dense(6, activation="tanh", name="image_code")(image)
    b = layers.Dense(6, activation="tanh", name="question_code")(question)
    h = BilinearFusion(5, name="fuse")(a, b)
    model = keras.Model([image, question], layers.Dense(1, name="answer")(h))
    model.compile(optimizer=keras.optimizers.SGD(1e-2), loss="mse")
    rng = np.random.default_rng(748)
    i = rng.normal(size=(64, 12)).astype("float32")
    q = rng.normal(size=(64, 7)).astype("float32")
    return model, [i, q], (2.0 * i[:, :1] * q[:, :1] + 1.0).astype("float32")
