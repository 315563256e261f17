"""Custom gradients against finite differences: what is wrong is found, what is a choice is not."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gradwatch.backends.tensorflow.custom_gradients import CustomGradient, watched_calls
from keras_gradwatch.backends.tensorflow.numeric import check_custom_gradients, fault

VALUES = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


def faults(function, *values, dtype=tf.float32):
    """Calls `function`, and returns the fault of each custom gradient in it."""
    with watched_calls() as calls:
        function(*(tf.constant(value, dtype) for value in values or (VALUES,)))
    assert calls
    return [fault(CustomGradient(call)) for call in calls]


@tf.custom_gradient
def cube(x):
    return x**3, lambda upstream: 3.0 * upstream * x**2


@tf.custom_gradient
def cube_without_upstream(x):
    def backward(upstream):
        slope = 3.0 * x**2
        return slope + 0.0 * upstream

    return x**3, backward


@tf.custom_gradient
def slightly_wrong(x):
    return tf.sin(x), lambda upstream: 1.03 * upstream * tf.cos(x)


def test_a_right_gradient_is_right():
    assert faults(cube) == [None]


def test_a_missing_upstream_factor_is_found_with_the_numbers():
    (found,) = faults(cube_without_upstream)
    assert found.location.text == "return slope + 0.0 * upstream"
    assert found.evidence["precision"] == "float64"
    assert found.evidence["relative_error"] > 0.1
    assert len(found.evidence["finite_differences"]) == len(found.evidence["gradient"]) == 5


def test_an_error_of_three_percent_is_found():
    (found,) = faults(slightly_wrong)
    assert found.evidence["relative_error"] < 0.05


def test_kinks_at_the_values_themselves_do_not_matter():
    @tf.custom_gradient
    def relu(x):
        return tf.nn.relu(x), lambda upstream: tf.where(x > 0.0, upstream, 0.0)

    assert faults(relu, np.where(np.abs(VALUES) > 0.5, VALUES, 0.0)) == [None]


def test_a_relu_that_forgets_its_mask_is_found():
    @tf.custom_gradient
    def relu(x):
        return tf.nn.relu(x), lambda upstream: 1.0 * upstream

    (found,) = faults(relu)
    assert found is not None


@pytest.mark.parametrize(
    "forward",
    [
        lambda x: tf.round(x),
        lambda x: tf.sign(x),
        lambda x: tf.cast(x > 0.0, tf.float32),
        lambda x: tf.sign(x) * tf.reduce_mean(tf.abs(x)),
        lambda x: tf.clip_by_value(tf.round(4.0 * x), -8.0, 7.0) / 4.0,
    ],
    ids=["round", "sign", "step", "scaled sign", "4-bit"],
)
def test_a_straight_through_estimator_is_a_choice(forward):
    @tf.custom_gradient
    def estimator(x):
        return forward(x), lambda upstream: tf.where(tf.abs(x) < 1.0, upstream, 0.0)

    assert faults(estimator) == [None]


@pytest.mark.parametrize("change", [tf.negative, lambda dy: tf.clip_by_norm(dy, 0.1)])
def test_an_identity_may_change_its_gradient(change):
    @tf.custom_gradient
    def identity(x):
        return tf.identity(x), lambda upstream: change(upstream)

    assert faults(identity) == [None]


def test_zeros_and_none_are_reported_by_others():
    @tf.custom_gradient
    def stopped(x, y):
        return x * y, lambda upstream: (tf.zeros_like(x), None)

    assert faults(stopped, VALUES, VALUES) == [None]


def test_noise_from_elsewhere_is_held_fixed():
    def dropped(x):
        mask = tf.cast(tf.random.uniform((6, 4)) < 0.5, tf.float32)

        @tf.custom_gradient
        def drop(x):
            return mask * x**2, lambda upstream: 2.0 * upstream * mask * x

        return drop(x)

    assert faults(dropped) == [None]


def test_noise_that_is_drawn_anew_gives_no_verdict():
    @tf.custom_gradient
    def noisy(x):
        rows = tf.shape(tf.boolean_mask(x, x[:, 0] < 9.0))
        return x**2 + tf.random.uniform(rows), lambda upstream: 2.0 * upstream * x

    for seed in range(6):
        tf.random.set_seed(seed)
        assert faults(noisy) == [None]


def test_only_the_wrong_input_is_named():
    @tf.custom_gradient
    def linear(x, kernel):
        def backward(upstream):
            dx = tf.matmul(upstream, kernel, transpose_b=True)
            dk = tf.matmul(x, upstream, transpose_a=True) / 6.0
            return dx, dk

        return tf.matmul(x, kernel), backward

    (found,) = faults(linear, VALUES, VALUES.T @ VALUES)
    assert found.inputs == (1,)
    assert found.location.text == "dk = tf.matmul(x, upstream, transpose_a=True) / 6.0"


def test_the_value_that_two_wrong_gradients_share_is_named():
    @tf.custom_gradient
    def block(x, inner, outer):
        hidden = tf.nn.relu(tf.matmul(x, inner))

        def backward(upstream):
            d_outer = tf.matmul(hidden, upstream, transpose_a=True)
            d_hidden = tf.matmul(upstream, outer, transpose_b=True)
            d_inner = tf.matmul(x, d_hidden, transpose_a=True)
            return tf.matmul(d_hidden, inner, transpose_b=True), d_inner, d_outer

        return tf.matmul(hidden, outer), backward

    (found,) = faults(block, VALUES, VALUES.T, VALUES)
    assert found.location.text == "d_hidden = tf.matmul(upstream, outer, transpose_b=True)"


def test_a_value_that_a_right_gradient_uses_too_is_not_named():
    @tf.custom_gradient
    def affine(x, scale, shift):
        def backward(upstream):
            upstream = 1.0 * upstream
            dx = upstream * tf.square(scale)
            return dx, tf.reduce_sum(upstream, 0), tf.reduce_sum(upstream, 0)

        return x * scale + shift, backward

    (found,) = faults(affine, VALUES, VALUES[0], VALUES[1])
    assert len(found.inputs) == 2
    assert found.location.text == "dx = upstream * tf.square(scale)"


def test_a_gradient_of_the_wrong_shape_is_found():
    @tf.custom_gradient
    def shift(x, bias):
        return x + bias, lambda upstream: (upstream, 1.0 * upstream)

    (found,) = faults(shift, VALUES, VALUES[0])
    assert found.evidence == {"value_shape": [4], "gradient_shape": [6, 4]}


def test_variables_are_checked_too():
    scale = tf.Variable(VALUES[0])

    @tf.custom_gradient
    def scaled(x):
        def backward(upstream, variables=None):
            return upstream * scale, [2.0 * tf.reduce_sum(upstream * x, 0) for _ in variables]

        return x * scale, backward

    (found,) = faults(scaled)
    assert found.inputs == (scale,)


def test_half_precision_is_computed_in_double():
    (found,) = faults(cube_without_upstream, dtype=tf.float16)
    assert found.evidence["precision"] == "float64"
    assert faults(cube, dtype=tf.float16) == [None]


def test_an_op_without_a_double_kernel_is_computed_in_single():
    @tf.custom_gradient
    def normed(x):
        y, *_ = tf.compat.v1.nn.fused_batch_norm(x, [1.0] * 2, [0.0] * 2, is_training=True)
        return y, lambda upstream: 5.0 * upstream

    (found,) = faults(normed, VALUES.reshape(3, 2, 2, 2))
    assert found.evidence["precision"] == "float32"


def test_what_is_handed_on_unchanged_points_at_the_return():
    @tf.custom_gradient
    def double(x):
        return 2.0 * x, lambda upstream: upstream

    (found,) = faults(double)
    assert found.location.text == "return 2.0 * x, lambda upstream: upstream"


class Doubled(keras.layers.Layer):
    """Two inputs and a weight; the gradient of `scale` is wrong, the others are right."""

    def build(self, shape):
        self.scale = self.add_weight(name="scale", shape=shape[-1:], initializer="ones")

    def call(self, x):
        @tf.custom_gradient
        def scaled(x):
            def backward(upstream, variables=None):
                return upstream * self.scale, [
                    3.0 * tf.reduce_sum(upstream * x, 0),
                ]

            return x * self.scale, backward

        return scaled(x)


class Warped(keras.layers.Layer):
    def call(self, x):
        return slightly_wrong(x)


def model_of(*layers):
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.compile("sgd", "mse")
    return model


def data_for(model):
    return tf.constant(VALUES), tf.zeros((len(VALUES), *model.output_shape[1:]))


def test_a_finding_names_the_weights_below_a_wrong_gradient():
    below = keras.layers.Dense(3, name="below")
    model = model_of(below, Warped(name="warped"), keras.layers.Dense(1, name="above"))
    (finding,) = check_custom_gradients(model, data_for(model))[0]
    assert (finding.symptom, finding.cause, finding.severity) == (
        "wrong",
        "wrong-derivative",
        "error",
    )
    assert finding.weights == tuple(weight.path for weight in below.weights)
    assert finding.layer.endswith("warped")
    assert finding.location.text.startswith("return tf.sin(x)")
    assert "the gradient says" in finding.message


def test_a_wrong_gradient_of_a_weight_names_that_weight_alone():
    model = model_of(keras.layers.Dense(4), Doubled(name="doubled"))
    (finding,) = check_custom_gradients(model, data_for(model))[0]
    assert finding.weights == ("sequential/doubled/scale",)


def test_two_calls_of_one_function_are_one_finding():
    x = keras.Input((4,))
    sides = [Warped()(keras.layers.Dense(3, name=name)(x)) for name in ("left", "right")]
    model = keras.Model(x, keras.layers.Add()(sides))
    model.compile("sgd", "mse")
    (finding,) = check_custom_gradients(model, data_for(model))[0]
    assert set(finding.weights) == {weight.path for weight in model.trainable_weights}


def test_a_model_without_custom_gradients_has_no_finding():
    model = model_of(keras.layers.Dense(4, activation="swish"), keras.layers.Dense(1))
    assert check_custom_gradients(model, data_for(model))[0] == []


def test_a_function_that_leaves_the_graph_is_not_checked():
    @tf.custom_gradient
    def hosted(x):
        return tf.constant(2.0 * x.numpy()), lambda upstream: upstream

    model = model_of(
        keras.layers.Dense(4),
        keras.layers.Lambda(lambda x: hosted(x) if tf.executing_eagerly() else x),
    )
    assert check_custom_gradients(model, data_for(model))[0] == []


def test_the_model_is_left_as_it_was():
    model = model_of(keras.layers.Dense(4), keras.layers.BatchNormalization(), Warped())
    before = model.get_weights()
    check_custom_gradients(model, data_for(model))[0]
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
