"""What a layer declares against what it produces."""

import keras
import pytest
import tensorflow as tf
from keras import layers, ops

from keras_gradwatch.diagnosis.contracts import broken_promise

IMAGES = tf.zeros((4, 8, 8, 3))


class Halve(layers.Layer):
    """Every second pixel; `declared` says what it promises."""

    def __init__(self, declared):
        super().__init__()
        self.declared = declared

    def call(self, x):
        return x[:, ::2, ::2]

    def compute_output_shape(self, shape):
        if self.declared is None:
            return (shape[0], shape[1] // 2, shape[2] // 2, shape[3])
        return self.declared


class DeclaresSpec(layers.Layer):
    def call(self, x, training=False):
        return ops.transpose(x, (0, 3, 1, 2))

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, dtype="float16")


def check(layer, *args, **kwargs):
    return broken_promise(layer, (args, kwargs), layer(*args, **kwargs))


def test_a_kept_promise_is_fine():
    assert check(Halve(None), IMAGES) is None


@pytest.mark.parametrize("declared", [(None, 8, 8, 3), (None, 4, 4), (None, 4, 4, 6)])
def test_a_broken_promise_names_both_shapes_and_the_line(declared):
    broken = check(Halve(declared), IMAGES)
    assert broken.declared == [declared]
    assert broken.produced == [(4, 4, 4, 3)]
    assert broken.location.text == "return self.declared"
    assert broken.location.function == "compute_output_shape"
    assert broken.location.file == __file__


@pytest.mark.parametrize("declared", [(None, None, None, 3), (None, 4, 4, 3), (4, 4, 4, 3)])
def test_a_free_dimension_matches_any_size(declared):
    assert check(Halve(declared), IMAGES) is None


def test_the_type_is_no_part_of_the_promise():
    cube = tf.zeros((2, 5, 5, 5))
    assert check(DeclaresSpec(), cube) is None


def test_compute_output_spec_is_a_promise_too():
    broken = check(DeclaresSpec(), IMAGES)
    assert broken.produced == [(4, 3, 8, 8)]
    assert broken.location.text == 'return keras.KerasTensor(x.shape, dtype="float16")'


def test_arguments_that_the_declaration_does_not_take_are_left_out():
    layer = DeclaresSpec()
    produced = layer(IMAGES)
    assert broken_promise(layer, ((IMAGES,), {"training": True}), produced) is not None


def test_several_outputs_are_compared_one_by_one():
    class Split(layers.Layer):
        def call(self, x):
            return {"head": x[:, :2], "tail": x[:, 2:]}

        def compute_output_shape(self, shape):
            return {"head": (shape[0], 2, *shape[2:]), "tail": (shape[0], 2, *shape[2:])}

    broken = check(Split(), IMAGES)
    assert broken.produced == [(4, 2, 8, 3), (4, 6, 8, 3)]
    assert check(Split(), IMAGES[:, :4]) is None


def test_a_formula_that_needs_the_batch_gets_it():
    class MergesBatch(layers.Layer):
        def call(self, x):
            return ops.reshape(x, (-1, x.shape[-1]))

        def compute_output_shape(self, shape):
            return (shape[0] * shape[1], shape[3])

    assert check(MergesBatch(), IMAGES).declared == [(32, 3)]
    assert check(MergesBatch(), IMAGES[:, :, :1]) is None


def test_the_return_statement_that_ran_is_named():
    class Pool(layers.Layer):
        def call(self, x):
            return ops.max(x, axis=(1, 2))

        def compute_output_shape(self, shape):
            if len(shape) == 4:
                return (shape[0], 1, 1, shape[-1])
            return (shape[0], shape[-1])

    assert check(Pool(), IMAGES).location.text == "return (shape[0], 1, 1, shape[-1])"


def test_a_formula_that_raises_is_not_judged():
    class Unfinished(layers.Layer):
        def call(self, x):
            return x

        def compute_output_shape(self, shape):
            raise NotImplementedError

    layer = Unfinished()
    layer.built = True
    assert broken_promise(layer, ((IMAGES,), {}), IMAGES[:, :1]) is None


def test_a_lambda_with_a_declared_shape():
    good = layers.Lambda(lambda x: x[:, 0], output_shape=(8, 3))
    bad = layers.Lambda(lambda x: x[:, 0], output_shape=(8, 8, 3))
    assert check(good, IMAGES) is None
    assert "lambda x: x[:, 0], output_shape=(8, 8, 3)" in check(bad, IMAGES).location.text


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(4, 3, strides=2, padding="same"),
        layers.Conv2DTranspose(4, 3, strides=2),
        layers.Flatten(),
        layers.Reshape((-1, 3)),
        layers.GlobalMaxPooling2D(),
        layers.TimeDistributed(layers.Dense(2)),
        keras.Sequential([layers.Flatten(), layers.Dense(2)]),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_keras_keeps_its_own_promises(layer):
    assert check(layer, IMAGES) is None
