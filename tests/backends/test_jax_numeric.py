"""Custom gradients of JAX against finite differences."""

import keras
import numpy as np
import pytest

if keras.backend.backend() != "jax":
    pytest.skip("it is about JAX", allow_module_level=True)

import jax
import jax.numpy as jnp
from jax_steps import Applied, compiled, cubed

from keras_gradwatch.backends.jax import check_custom_gradients


def checked(function):
    model, data = compiled(Applied(function))
    return check_custom_gradients(model, data)


@jax.custom_vjp
def scaled(x, w):
    return jnp.sin(x @ w)


def scaled_backward(kept, upstream):
    x, w = kept
    dx = (upstream * jnp.cos(x @ w)) @ w.T
    dw = x.T @ upstream  # The inner derivative is forgotten here.
    return dx, dw


scaled.defvjp(lambda x, w: (scaled(x, w), (x, w)), scaled_backward)


def test_a_wrong_custom_vjp_is_found_on_its_line():
    (found,), notes = checked(scaled)
    assert not notes
    assert found.cause == "wrong-derivative"
    assert found.location.text.startswith("dw = ")
    assert found.evidence["precision"] == "float64"
    assert "scaled_backward" in found.message
    assert any(path.endswith("kernel") for path in found.weights)


def test_a_wrong_custom_jvp_is_found():
    (found,), _ = checked(cubed)  # It says 5 where 3 is right.
    slopes, gradients = found.evidence["finite_differences"], found.evidence["gradient"]
    np.testing.assert_allclose(gradients, np.multiply(slopes, 5 / 3), rtol=1e-4)
    assert "return cubed(x, w), 5" in found.location.text


def test_a_wrong_gradient_of_keras_is_found_on_its_line():
    @keras.ops.custom_gradient
    def square(z):
        def grad(*args, upstream=None):
            return (upstream if upstream is not None else args[0]) * z

        return z * z, grad

    (found,), _ = checked(lambda x, w: square(x @ w))
    assert "* z" in found.location.text
    slopes, gradients = found.evidence["finite_differences"], found.evidence["gradient"]
    np.testing.assert_allclose(gradients, np.divide(slopes, 2), rtol=1e-4)


def test_right_gradients_and_those_that_differ_on_purpose_are_left_alone():
    @jax.custom_vjp
    def rounded(z):
        return jnp.round(z)

    rounded.defvjp(lambda z: (jnp.round(z), None), lambda _, upstream: (upstream,))

    @jax.custom_vjp
    def reversed_gradient(z):
        return z

    @jax.custom_jvp
    def right(x, w):
        return jnp.tanh(x @ w)

    right.defjvp(lambda p, t: (right(*p), (1 - right(*p) ** 2) * (p[0] @ t[1] + t[0] @ p[1])))
    reversed_gradient.defvjp(lambda z: (z, None), lambda _, upstream: (-upstream,))
    for function in (
        right,
        lambda x, w: rounded(x @ w),
        lambda x, w: reversed_gradient(x @ w),
        lambda x, w: jax.nn.relu(x @ w),
    ):
        assert checked(function) == ([], [])


def test_a_loop_inside_is_checked_in_float32():
    @jax.custom_vjp
    def repeated(z):
        return jax.lax.fori_loop(0, 3, lambda _, v: jnp.sin(v), z)

    repeated.defvjp(lambda z: (repeated(z), z), lambda z, upstream: (-upstream * jnp.cos(z),))
    (found,), notes = checked(lambda x, w: repeated(x @ w))
    assert not notes
    assert found.evidence["precision"] == "float32"
