"""The private names of PyTorch and Keras that the recorder needs do what they did."""

import inspect

import keras
import pytest

if keras.backend.backend() != "torch":
    pytest.skip("it is about PyTorch", allow_module_level=True)

import torch

from keras_gradwatch.backends.torch import private


@pytest.fixture
def dense():
    layer = keras.layers.Dense(3)
    layer.build((None, 2))
    return layer


def test_transforms_are_seen():
    seen = []
    torch.vmap(lambda row: seen.append(private.are_transforms_active()) or row)(torch.zeros(2, 2))
    assert seen == [True]
    assert not private.are_transforms_active()


def test_a_write_can_go_unnoticed():
    tensor = torch.zeros(2)
    with private.keep_version(tensor):
        tensor.add_(1.0)
    assert tensor._version == 0


def test_a_variable_holds_a_parameter(dense):
    value = private.held_value(dense.kernel)
    assert isinstance(value, torch.nn.Parameter)
    assert value is dense.kernel.value
    assert private.held_value(keras.Variable(initializer="zeros", shape=(1,))) is not None


def test_an_optimizer_knows_its_variables(dense):
    optimizer = keras.optimizers.SGD()
    optimizer.build(dense.trainable_variables)
    assert [id(v) for v in private.trained_by(optimizer)] == [
        id(v) for v in dense.trainable_variables
    ]


def test_optimizers_take_gradients_first():
    names = list(inspect.signature(keras.optimizers.Optimizer.apply).parameters)
    assert names[:3] == ["self", "grads", "trainable_variables"]
    assert "loss" in inspect.signature(keras.optimizers.Optimizer.scale_loss).parameters


def test_a_model_gives_its_layers(dense):
    model = keras.Sequential([dense])
    assert dense in private.layers_in(model)


def test_what_pytorch_keeps_out_of_the_attributes():
    module = torch.nn.BatchNorm1d(2)
    module.inner = torch.nn.Linear(1, 1)
    parameters, buffers, modules = private.parts_of(module)
    assert "weight" in parameters
    assert "running_mean" in buffers
    assert "inner" in modules


def test_keras_marks_what_is_trainable(dense):
    assert vars(dense)["_trainable"] is True
    assert vars(dense.kernel)["_trainable"] is True
    assert isinstance(dense._trainable_variables, list)


def test_views_are_known():
    tensor = torch.zeros(2, requires_grad=True)
    assert private.is_view(tensor[:1])
    assert not private.is_view(tensor)
    assert private.base_of(tensor[:1]) is tensor


def test_stateless_scope_is_known():
    assert not private.in_stateless_scope()
    with keras.StatelessScope():
        assert private.in_stateless_scope()


def test_the_backward_pass_of_a_function_runs_by_itself():
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        def backward(ctx, grad):
            return 2 * grad

    made = Double.apply(torch.ones(2, requires_grad=True))
    assert private.backward_of(made.grad_fn, [torch.ones(2)]).tolist() == [2.0, 2.0]


def test_a_custom_gradient_of_keras_is_a_function_that_holds_its_backward_pass():
    def grad(*args, upstream=None):
        return 3 * upstream

    double = keras.ops.custom_gradient(lambda x: (2 * x, grad))
    made = double(torch.ones(2, requires_grad=True))
    assert made.grad_fn.grad_fn is grad


def test_apply_is_a_classmethod_of_function():
    assert isinstance(vars(torch.autograd.Function)["apply"], classmethod)


def test_the_global_seed_generator_can_be_put_back():
    keras.random.normal((1,))
    generator = private.global_seed_generator()
    assert isinstance(generator, keras.random.SeedGenerator)
    private.set_global_seed_generator(None)
    assert private.global_seed_generator() is None
    private.set_global_seed_generator(generator)
    assert private.global_seed_generator() is generator
