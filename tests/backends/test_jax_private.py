"""What the recorder needs of JAX and Keras, and what they do not promise, is still there."""

import inspect

import keras
import numpy as np
import pytest

if keras.backend.backend() != "jax":
    pytest.skip("it is about JAX", allow_module_level=True)

import jax
import jax.numpy as jnp
from keras import layers

from keras_gradwatch.backends.jax import private


def equations(function, *arguments):
    return jax.make_jaxpr(function)(*arguments).jaxpr.eqns


def test_models_are_built_and_give_their_state():
    model = keras.Sequential([layers.Dense(2), layers.BatchNormalization()])
    model.compile("adam", "mse", metrics=["mae"])
    private.build(model, (jnp.ones((3, 4)), jnp.ones((3, 2))))
    state = private.state_of(model)
    owners = (model.trainable_variables, model.non_trainable_variables, model.optimizer.variables)
    for values, variables in zip(state, (*owners, model.metrics_variables), strict=True):
        assert [v.shape for v in values] == [v.shape for v in variables]
    assert "data_batch" in inspect.signature(model._symbolic_build).parameters


def test_variables_give_and_take_their_raw_value():
    variable = keras.Variable(np.ones(2), dtype="float32")
    raw = private.raw_value(variable)
    assert isinstance(raw, jax.Array)
    private.set_raw_value(variable, raw + 1)
    assert variable.numpy().tolist() == [2, 2]
    assert isinstance(vars(private.owner_of("value"))["value"], property)
    assert "value" in inspect.signature(vars(private.owner_of("assign"))["assign"]).parameters


@pytest.mark.parametrize("differentiate", [jax.grad, jax.value_and_grad])
def test_every_gradient_is_made_by_the_function_that_is_replaced(differentiate):
    made_before = differentiate(lambda x: x**2)
    seen = []

    def replacement(vjp, fun, *primals, **options):
        seen.append(options)
        return vjp(fun, *primals, **options)

    with private.vjp(replacement):
        made_before(1.0)
        differentiate(lambda x: (x**2, x), has_aux=True)(1.0)
        jax.vjp(jnp.sin, 1.0)
    assert [options.get("has_aux", False) for options in seen] == [False, True, False]
    made_before(1.0)
    assert len(seen) == 3


def test_equations_know_their_lines_scopes_and_calls():
    def function(x):
        with jax.named_scope("outer"), jax.named_scope("inner"):
            first, second = jnp.sin(x), jnp.cos(x)
        return first - second[:, None]

    sin, cos, *rest = equations(function, jnp.ones(3))
    assert private.scopes_of(sin.source_info) == ["outer", "inner"]
    code, line = next(f for f in private.frames_of(sin.source_info) if f[0].co_name == "function")
    assert code is function.__code__
    assert line == function.__code__.co_firstlineno + 2
    assert private.call_site(sin.source_info) != private.call_site(cos.source_info)
    added, sub = rest[-2:]
    assert sub.primitive.name == "sub"
    assert private.call_site(added.source_info) == private.call_site(sub.source_info)


def test_equations_that_call_a_jaxpr_name_its_function():
    def mine(x):
        return jnp.sin(x)

    calls = {
        "jit": lambda x: jax.jit(mine)(x),
        "remat2": lambda x: jax.checkpoint(mine)(x),
        "custom_jvp_call": jax.nn.relu,
    }
    for name, function in calls.items():
        (equation,) = equations(function, 1.0)
        assert equation.primitive.name == name
        assert private.inner(equation).jaxpr.eqns
    assert private.function_of(equation)[0] == "relu"
    assert private.function_of(equation)[1].endswith("functions.py")
    (equation,) = equations(jax.jit(mine), 1.0)
    assert private.function_of(equation) == ("mine", __file__)


def test_equations_are_bound_again():
    def function(x):
        return jax.nn.relu(x), jax.jit(jnp.sin)(x), jax.checkpoint(jnp.cos)(x), x**3

    closed = jax.make_jaxpr(function)(2.0)
    for equation, expected in zip(closed.jaxpr.eqns, function(2.0), strict=True):
        (made,) = private.bind(equation)(jnp.float32(2.0))
        assert made == expected


def functions_with_a_derivative():
    @jax.custom_vjp
    def by_vjp(x, y):
        return x * y

    by_vjp.defvjp(lambda x, y: (by_vjp(x, y), (x, y)), lambda kept, g: (g * kept[1], None))

    @jax.custom_jvp
    def by_jvp(x, y):
        return x * y

    by_jvp.defjvp(lambda primals, tangents: (by_jvp(*primals), tangents[0] * primals[1]))

    @jax.custom_gradient
    def by_gradient(x, y):
        return x * y, lambda g: (g * y, None)

    return by_vjp, by_jvp, by_gradient


def test_custom_derivatives_hold_the_functions_of_the_user():
    def codes(functions):
        waiting, found = list(functions), []
        while waiting and len(found) < 100:
            item = waiting.pop(0)
            found.append(getattr(item, "__code__", None))
            waiting += private.wrapped_by(item)
        return {code.co_filename for code in found if code}

    for function in functions_with_a_derivative():
        (equation,) = equations(function, 2.0, 3.0)
        assert __file__ in codes(private.derivative_functions(equation))


def test_the_backward_pass_of_the_user_is_run_on_its_own():
    by_vjp, _, by_gradient = functions_with_a_derivative()
    for function in (by_vjp, by_gradient):
        (equation,) = equations(function, 2.0, 3.0)
        backward = private.backward_of(equation.params, 2)
        assert backward(np.float32(2), np.float32(3), np.float32(1)) == [3, None]
