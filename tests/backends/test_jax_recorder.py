"""One recorded step on JAX: its gradients are those of `jax.grad`, and nothing is changed."""

import contextlib

import keras
import numpy as np
import pytest

if keras.backend.backend() != "jax":
    pytest.skip("it is about JAX", allow_module_level=True)

import jax
import jax.numpy as jnp
import jax_steps
from jax_steps import Applied, compiled
from keras import layers

from keras_gradwatch.backends.jax import private
from keras_gradwatch.backends.jax.recorder import record
from keras_gradwatch.backends.patching import replaced
from keras_gradwatch.optimizers import find_optimizers
from keras_gradwatch.recording import kinds
from keras_gradwatch.recording.recording import NotRecorded


def applied_gradients(model, data):
    """The gradients that the compiled step hands to its optimizers, by the order of the calls."""

    def step(state, data):
        found = []

        def apply(optimizer_variables, gradients, trainable):
            found.append(gradients)
            return trainable, optimizer_variables

        with contextlib.ExitStack() as stack:
            for optimizer in find_optimizers(model):
                stack.enter_context(replaced(optimizer, "stateless_apply", apply))
            model.train_step(state, data)
        return found

    private.build(model, data)
    return jax.jit(step)(private.state_of(model), data)


@pytest.mark.parametrize("name", jax_steps.STEPS)
def test_gradients_are_those_of_the_compiled_step(name):
    model, data = jax_steps.STEPS[name]()
    expected = applied_gradients(model, data)
    recording = record(model, data)
    assert recording.error is None
    backward = recording.backward
    assert len(backward) == len(expected)
    limit = 1.0 if name == "own_step" else np.inf  # Its gradients are clipped before they are used.
    share = 1 / jax_steps.ROWS if name == "per_example" else 1  # The mean over the rows is used.
    for one, gradients in zip(backward, expected, strict=True):
        assert len(one.weights) == len(gradients)
        for path, weight, gradient in zip(one.paths, one.weights, gradients, strict=True):
            found = one.gradient_of(weight)
            assert found.shape == gradient.shape, path
            close = (
                {"rtol": 2e-2, "atol": 2e-3} if name == "mixed" else {"rtol": 1e-4, "atol": 1e-6}
            )
            np.testing.assert_allclose(np.clip(share * found, -limit, limit), gradient, **close)


def everything(model):
    owners = [model, *find_optimizers(model)]
    variables = [v for owner in owners for v in owner.variables] + list(model.metrics_variables)
    return [np.array(v) for v in variables], np.random.get_state()[1].copy()


@pytest.mark.parametrize("raises", [False, True])
def test_nothing_is_changed(raises):
    def function(x, w):
        seed.next()
        counter.assign(counter + np.random.random())
        if armed:
            raise RuntimeError("in the middle")
        return x @ w

    armed = []
    seed = keras.random.SeedGenerator(4)
    counter = keras.Variable(1.5, name="counter")
    model, data = compiled(Applied(function), layers.BatchNormalization(), layers.Dropout(0.5))
    private.build(model, data)
    step, steps = model.train_step, keras.Variable(2.0, name="steps")

    def counting(state, data):
        steps.assign(steps + data[0][0, 0])  # Outside of every scope: a value of the trace.
        return step(state, data)

    model.train_step = counting
    armed += [True] * raises
    before, state = everything(model), seed.state.numpy()
    error = record(model, data).error
    assert "in the middle" in str(error) if raises else error is None
    after = everything(model)
    for one, other in zip(before[0], after[0], strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(before[1], after[1])
    assert (counter.numpy(), steps.numpy()) == (1.5, 2.0)
    np.testing.assert_array_equal(seed.state.numpy(), state)
    assert jax.vjp is jax._src.api.vjp
    assert "stateless_apply" not in vars(model.optimizer)


def test_fit_is_not_traced_once_more():
    traced = []

    def function(x, w):
        traced.append(len(traced))
        return x @ w

    model, (x, y) = compiled(Applied(function))
    model.fit(x, y, batch_size=len(x), verbose=0)
    record(model, (x, y))
    count = len(traced)
    model.fit(x, y, batch_size=len(x), verbose=0)
    assert len(traced) == count


def test_a_function_that_was_compiled_before_is_seen_with_its_lines():
    inner = jax.jit(lambda x, w: jnp.tanh(x @ w))
    model, data = compiled(Applied(lambda x, w: inner(x, w)))
    model.predict(data[0], verbose=0)
    tanh = [o for o in record(model, data).graph.operations if o.type == "tanh"]
    assert len(tanh) == 1
    assert tanh[0].layer == model.layers[0].path
    assert "inner = jax.jit" in tanh[0].location.text
    assert "inner(x, w)" in tanh[0].lines[1].text


def test_a_gradient_inside_a_function_that_was_compiled_before_is_seen():
    class Compiled(jax_steps.OwnStep):
        @jax.jit
        def gradients(weights, x, y):
            return jax.grad(lambda w: jnp.mean((x @ w[0] - y) ** 2))(weights)

        def train_step(self, state, data):
            trainable, non_trainable, optimizer, metrics = state
            gradients = Compiled.gradients(trainable, *data)
            trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
            return {"loss": jnp.zeros(())}, (trainable, non_trainable, optimizer, metrics)

    model, (x, y) = Compiled([keras.Input((5,)), layers.Dense(1)]), jax_steps.batch(5)
    model.compile("sgd")
    model.fit(x, y, batch_size=len(x), verbose=0)
    assert len(record(model, (x, y)).backward) == 1
    jax.clear_caches()
    assert len(record(model, (x, y)).backward) == 1
    model.fit(x, y, batch_size=len(x), verbose=0)  # Without the marks of the recording.


def test_each_row_of_a_mapped_gradient_gets_its_share():
    model, data = jax_steps.per_example()
    (expected,) = applied_gradients(model, data)
    graph = record(model, data).graph
    values = [graph.value_of(v) for o in graph.operations for v in o.outputs]
    for gradient in expected:
        alike = [v for v in values if v is not None and v.shape == gradient.shape]
        assert any(np.allclose(v, gradient, 1e-4, 1e-6) for v in alike)


def test_a_step_that_is_not_compiled_may_ask_for_values():
    model, data = compiled(Applied(lambda x, w: x @ w))
    model.compile("sgd", "mse", run_eagerly=True)
    assert record(model, data).backward
    step = model.train_step

    def logging(state, data):
        logs, state = step(state, data)
        return {"loss": float(logs["loss"])}, state

    model.train_step = logging
    with pytest.raises(NotRecorded, match="not compiled"):
        record(model, data)
    model.compile("sgd", "mse")
    assert "Abstract tracer value" in str(record(model, data).error)


def test_steps_of_a_loop_are_told_apart():
    def function(x, w):
        step = lambda h, _: (jnp.tanh(h), None)  # noqa: E731
        return jax.lax.scan(step, x @ w, length=3)[0]

    recording = record(*compiled(Applied(function)))
    graph, backward = recording.graph, recording.backward[0]
    steps = [o for o in graph.operations if o.type == "tanh"]
    assert [o.inputs for o in steps[1:]] == [o.outputs for o in steps[:-1]]
    norms = [np.linalg.norm(backward.gradient_of(o.outputs[0])) for o in steps]
    assert norms == sorted(norms)


def test_the_state_is_the_one_that_is_given():
    """`fit` takes the values out of the variables and hands the state to the train step."""
    model, data = jax_steps.plain()
    private.build(model, data)
    expected = record(model, data).backward[0]
    state = private.state_of(model)
    for variable in model.variables:
        private.set_raw_value(variable, None)
    found = record(model, data, state=state).backward[0]
    for weight in expected.weights:
        np.testing.assert_array_equal(found.gradient_of(weight), expected.gradient_of(weight))


def meaning(function, **options):
    recording = record(*compiled(Applied(function), **options))
    assert recording.error is None
    return recording, {o.type: o for o in recording.graph.operations}


def test_a_stopped_gradient_is_none_and_one_of_a_flat_function_is_zeros():
    for function, expected in (
        (lambda x, w: jax.lax.stop_gradient(x @ w), None),
        (lambda x, w: jnp.argmax(x @ w, -1, keepdims=True).astype("float32"), None),
        (lambda x, w: (x @ w > 0).astype("float32"), None),
        (lambda x, w: jnp.round(x @ w), 0),
        (lambda x, w: jnp.sign(x @ w), 0),
    ):
        recording, _ = meaning(function)
        backward = recording.backward[0]
        gradient = backward.gradient_of(backward.weights[0])
        assert gradient is None if expected is None else not gradient.any()


def test_what_a_custom_gradient_leaves_out_is_none():
    @jax.custom_vjp
    def product(x, w):
        return x @ w

    product.defvjp(lambda x, w: (product(x, w), w), lambda w, g: (g @ w.T, None))
    recording, found = meaning(product)
    backward = recording.backward[0]
    assert backward.gradient_of(backward.weights[0]) is None
    assert found["custom_vjp_call"].kind == kinds.CUSTOM


def test_a_callback_is_a_host_operation_without_gradient():
    def function(x, w):
        z = x @ w
        return jax.pure_callback(np.sin, jax.ShapeDtypeStruct(z.shape, z.dtype), z)

    recording, found = meaning(function)
    assert found["pure_callback"].kind == kinds.HOST
    backward = recording.backward[0]
    assert backward.gradient_of(backward.weights[0]) is None
    assert np.any(backward.gradient_of(found["pure_callback"].outputs[0]))


def test_a_while_loop_fails_only_where_a_weight_goes_through_it():
    halve = lambda z: jax.lax.while_loop(lambda v: jnp.any(v > 1), lambda v: v / 2, z)  # noqa: E731
    recording, found = meaning(lambda x, w: halve(x @ w))
    operation, error = recording.backward[0].failed
    assert operation is found["while"]
    assert "Reverse-mode" in str(error)
    recording, _ = meaning(lambda x, w: x @ w * jax.lax.stop_gradient(halve(x @ w)))
    assert recording.backward[0].failed is None
    recording, _ = meaning(lambda x, w: x @ w + halve(jax.lax.stop_gradient(x @ w)))
    assert recording.backward[0].failed is None
    recording, _ = meaning(lambda x, w: halve(x) @ w)
    assert recording.backward[0].failed is None


def test_a_variable_that_the_model_does_not_know_is_found():
    beside = keras.Variable(np.ones((6,), "float32"), name="beside")
    recording, _ = meaning(lambda x, w: x @ w * beside)
    (found,) = [v for v in recording.variables.values() if not v.is_tracked]
    assert found.name == "beside"
    assert found.trainable
    assert found.is_held_by([beside])
    np.testing.assert_array_equal(found.value(), np.ones(6))


class Plain(layers.Layer):
    """Keeps arrays that nobody trains, and says how it uses them."""

    def __init__(self, kept, use):
        super().__init__()
        self.kept, self.use = kept, use

    def call(self, x):
        return self.use(self.kept, x)


def test_arrays_that_are_used_as_kernel_and_bias_are_weights_that_nobody_knows():
    kernel, bias = jnp.ones((5, 3)), jnp.ones(3)
    for kept, use, is_weight in (
        ({"w": kernel, "b": bias}, lambda kept, x: x @ kept["w"] + kept["b"], True),
        ([(kernel, bias)], lambda kept, x: x @ kept[0][0] + kept[0][1], True),
        ([{"w": kernel}, {"b": bias}], lambda kept, x: kept[1]["b"] + x @ kept[0]["w"].T.T, True),
        ((kernel, jnp.ones(5)), lambda kept, x: (x - kept[1]) @ kept[0], False),
        ([jnp.ones(5), jnp.ones(5)], lambda kept, x: x * kept[0] + kept[1].sum(), False),
        ([jnp.ones(5), jnp.ones(5)], lambda kept, x: x + kept[0] + kept[1], False),
        ([kernel, kernel], lambda kept, x: x @ kept[0] + x @ kept[1], False),
    ):
        layer = Plain(kept, use)
        recording = record(*compiled(layer))
        found = [v for v in recording.variables.values() if not v.is_tracked]
        assert len(found) == 2 * is_weight, kept
        for variable in found:
            assert variable.path.startswith(f"{layer.path}/kept[")
            assert variable.is_held_by(layer.kept)


def test_a_written_variable_is_known():
    recording = record(*jax_steps.plain())
    written = {v.name for v in recording.variables.values() if v.is_written}
    assert {"moving_mean", "moving_variance"} <= written
    assert "kernel" not in written


def test_calls_of_layers_hold_their_operations_and_outputs():
    model, data = jax_steps.lstm()
    recording = record(model, data)
    for call in recording.calls:
        inside = recording.graph.operations[call.first : call.last]
        assert inside
        assert (
            call.layer is model
            or {o.layer for o in inside} == {call.layer.path}
            or ("cell" in str({o.layer for o in inside}))
        )
    (whole,) = [call for call in recording.calls if call.layer is model]
    assert recording.number_of(whole.outputs) in recording.graph.made_by


def test_two_values_of_other_rank_meet_as_they_were_written():
    class Compared(keras.Sequential):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return jnp.mean((y - y_pred) ** 2)

    model, (x, y) = Compared([keras.Input((5,)), layers.Dense(1)]), jax_steps.batch(5)
    model.compile("adam")
    recording = record(model, (x, y[:, 0]))
    assert recording.error is None
    (written,) = [o for o in recording.written.operations if o.type == "sub"]
    assert [recording.graph.value_of(v).shape for v in written.inputs] == [(len(x),), (len(x), 1)]
