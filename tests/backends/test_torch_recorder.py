"""The recorder of PyTorch: gradients of every value, and nothing left behind."""

import random
import threading

import keras
import numpy as np
import pytest

if keras.backend.backend() != "torch":
    pytest.skip("it is about PyTorch", allow_module_level=True)

import torch
from keras import layers

from keras_gradwatch import diagnose
from keras_gradwatch.backends.torch import kinds as names
from keras_gradwatch.backends.torch import private
from keras_gradwatch.backends.torch.recorder import record
from keras_gradwatch.recording import kinds

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
Y = X[:, :1].copy()


class Written(layers.Layer):
    """A layer with one weight, and a forward pass of the test's."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function = function

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(4, 1), initializer="glorot_uniform")

    def call(self, x):
        return self.function(x, self.kernel.value)

    def compute_output_shape(self, shape):
        return (shape[0], 1)


def model_of(function):
    model = keras.Sequential([keras.Input((4,)), Written(function)])
    model.compile(optimizer="sgd", loss="mse")
    return model


def batch(x=X, y=Y):
    return torch.tensor(x), torch.tensor(y)


def run(model):
    recording = record(model, batch())
    assert recording.error is None
    return recording


def operation(recording, name):
    (found,) = [o for o in recording.graph.operations if o.type == name and o.location]
    return found


def gradients_around(recording, name):
    """The gradients at the first input and the first output of an operation."""
    found, backward = operation(recording, name), recording.backward[0]
    return backward.gradient_of(found.inputs[0]), backward.gradient_of(found.outputs[0])


def gradient_of_prediction(prediction):
    return 2 * (prediction - Y) / len(Y)


# Gradients.


def test_gradients_of_weights_are_those_of_the_step():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(5, "tanh"), layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    recording = run(model)
    loss = torch.mean((model(torch.tensor(X)) - torch.tensor(Y)) ** 2)
    values = [variable.value for variable in model.trainable_variables]
    expected = torch.autograd.grad(loss, values)
    (backward,) = recording.backward
    assert list(backward.paths) == [variable.path for variable in model.trainable_variables]
    for weight, gradient in zip(backward.weights, expected, strict=True):
        np.testing.assert_array_equal(backward.gradient_of(weight), gradient.numpy())


def test_every_value_between_has_its_gradient():
    recording = run(model_of(lambda x, w: torch.tanh(x @ w)))
    before, after = gradients_around(recording, "tanh")
    made = recording.graph.value_of(operation(recording, "tanh").outputs[0])
    np.testing.assert_allclose(after, gradient_of_prediction(made), rtol=1e-5)
    np.testing.assert_allclose(before, after * (1 - made**2), rtol=1e-4)


def written_in_place(x, w):
    made = x @ w
    made.mul_(2.0)
    return made.sin()


def test_a_value_that_is_written_to_has_two_gradients_and_two_contents():
    recording = run(model_of(written_in_place))
    found = operation(recording, "mul")
    before, after = (recording.graph.value_of(v) for v in (*found.inputs, *found.outputs))
    np.testing.assert_allclose(after, 2 * before, rtol=1e-6)
    before, after = gradients_around(recording, "mul")
    np.testing.assert_allclose(before, 2 * after, rtol=1e-6)


def written_through_a_view(x, w):
    made = x @ w
    made[:3].exp_()
    return made.sin()


def test_a_write_through_a_view_changes_its_base():
    recording = run(model_of(written_through_a_view))
    written, reader = operation(recording, "exp"), operation(recording, "sin")
    assert reader.inputs[0] in written.outputs
    backward, graph = recording.backward[0], recording.graph
    gradient, made = backward.gradient_of(reader.inputs[0]), graph.value_of(reader.outputs[0])
    inner = graph.value_of(reader.inputs[0])
    np.testing.assert_allclose(gradient, gradient_of_prediction(made) * np.cos(inner), rtol=1e-4)


CUTS = {
    "detach": (lambda x, w: (x @ w).detach() * 2, kinds.STOP),
    "data": (lambda x, w: (x @ w).data * 2, kinds.STOP),
    "gt": (lambda x, w: (x @ w > 0).float() * 2, kinds.LINEAR),
    "argmax": (lambda x, w: torch.sub(x, w.T).argmax(1, keepdim=True).float() * 2, kinds.LINEAR),
}


@pytest.mark.parametrize("name", CUTS)
def test_the_gradient_is_known_behind_a_cut(name):
    function, kind = CUTS[name]
    recording = run(model_of(function))
    found = operation(recording, name)
    assert found.kind == kind
    backward = recording.backward[0]
    assert backward.gradient_of(found.inputs[0]) is None
    factor = operation(recording, "mul").inputs[0]
    assert np.any(backward.gradient_of(factor))
    assert backward.gradient_of(backward.weights[0]) is None


def written_behind_a_cut(x, w):
    mask = (x @ w > 0).float()
    _ = mask.sum()
    mask[mask == 0] = 0.1
    return mask * (x @ w)


def test_the_gradient_is_known_before_a_write_behind_a_cut():
    recording = run(model_of(written_behind_a_cut))
    before, after = gradients_around(recording, "setitem")
    assert np.any(after)
    assert before is not None


def test_minus_zero_stays_minus_zero():
    seen = []

    def function(x, w):
        zero = (x @ w * -0.0).detach()
        zero[:1] = 1.0
        seen.append(torch.signbit(zero[1:]).tolist())
        return zero + x @ w

    def plain(x, w):
        zero = (x @ w * -0.0).detach()
        return torch.signbit(zero[1:]).tolist()

    model = model_of(function)
    run(model)
    assert seen == [plain(torch.tensor(X), model.layers[0].kernel.value)]


def test_what_is_opened_does_not_show():
    seen = []

    def function(x, w):
        stopped = (x @ w).detach()
        result = stopped * 2  # From here on it is opened.
        seen.append((stopped.requires_grad, stopped.is_leaf, stopped.grad_fn, result.grad_fn))
        stopped.numpy()
        result.numpy()
        return result + x @ w

    run(model_of(function))
    assert seen == [(False, True, None, None)]


def test_a_value_that_asks_for_a_gradient_says_so():
    seen = []

    def function(x, w):
        made = x @ w
        seen.append((made.requires_grad, made.grad_fn is None, made.detach().requires_grad))
        return made

    run(model_of(function))
    assert seen == [(True, False, False)]


def test_numpy_is_seen_where_it_takes_a_weight_out():
    def function(x, w):
        return torch.from_numpy(np.sin((x @ w).detach().numpy())) + x @ w

    assert operation(run(model_of(function)), "numpy").kind == kinds.TO_NUMPY


def test_no_grad_is_off_the_tape():
    def function(x, w):
        with torch.no_grad():
            gate = torch.sigmoid(x @ w)
        return gate * (x @ w)

    recording = run(model_of(function))
    assert not operation(recording, "sigmoid").on_tape
    assert operation(recording, "mul").on_tape


def test_a_view_made_under_no_grad_can_be_written_to():
    def function(x, w):
        with torch.no_grad():
            gate = x @ w
            part = gate[:2]
        twice = gate * 2  # Opens the gate.
        part.add_(1.0)
        return twice + x @ w

    run(model_of(function))


# Backward passes.


class TwoLosses(keras.Model):
    def __init__(self):
        super().__init__()
        self.first, self.second = layers.Dense(1, name="first"), layers.Dense(1, name="second")
        self.other = keras.optimizers.Adam()

    def build(self, shape):
        self.first.build(shape)
        self.second.build(shape)

    def call(self, x):
        return self.first(x) + self.second(x)

    def train_step(self, data):
        x, y = data
        self.zero_grad()
        torch.mean((self.first(x) - y) ** 2).backward()
        weights = self.first.trainable_variables
        self.optimizer.apply([w.value.grad for w in weights], weights)
        loss = torch.mean(self.second(x) ** 2)
        weights = self.second.trainable_variables
        self.other.apply(torch.autograd.grad(loss, [w.value for w in weights]), weights)
        return {}


def test_each_backward_pass_belongs_to_an_optimizer():
    model = TwoLosses()
    model.build((None, 4))
    model.compile(optimizer="sgd")
    recording = run(model)
    trained = [{path.split("/")[-2] for path in b.paths} for b in recording.backward]
    assert trained == [{"first"}, {"second"}]


def test_two_optimizers_share_a_backward_pass():
    def step(model, x, y):
        model.zero_grad()
        model(x).sum().backward()
        for weight in model.trainable_variables:
            model.optimizer.apply([weight.value.grad], [weight])

    (backward,) = run(step_model(step)).backward
    assert len(backward.weights) == 2


class Step(keras.Model):
    """A dense layer, and a train step of the test's."""

    def __init__(self, step):
        super().__init__()
        self.dense = layers.Dense(1)
        self.step = step

    def build(self, shape):
        self.dense.build(shape)

    def call(self, x):
        return self.dense(x)

    def train_step(self, data):
        self.step(self, *data)
        return {}


def step_model(step):
    model = Step(step)
    model.build((None, 4))
    model.compile(optimizer="adam", loss="mse")
    return model


def test_gradients_of_one_pass_are_not_those_that_two_add_up_to():
    def step(model, x, y):
        model.zero_grad()
        for factor in (1.0, 10.0):
            (factor * model(x)).sum().backward()
        weights = model.trainable_variables
        model.optimizer.apply([w.value.grad for w in weights], weights)

    first, second = run(step_model(step)).backward
    for one, ten in zip(first.weights, second.weights, strict=True):
        np.testing.assert_allclose(second.gradient_of(ten), 10 * first.gradient_of(one), rtol=1e-5)


@pytest.mark.parametrize("retains", [False, True])
def test_a_second_pass_through_a_graph_raises_as_it_does_in_a_training(retains):
    def step(model, x, y):
        loss = ((model(x) - y) ** 2).mean()
        loss.backward(retain_graph=retains)
        (2 * loss).backward()

    model = step_model(step)
    error = record(model, batch()).error
    if retains:
        assert error is None
    else:
        assert "a second time" in str(error)
        with pytest.raises(RuntimeError, match="a second time"):
            model.train_step(batch())


def test_autograd_grad_reaches_what_is_behind_a_cut():
    def step(model, x, y):
        loss = ((model(x) > 0).float() * 2).sum()
        weights = model.trainable_variables
        values = [w.value for w in weights]
        model.optimizer.apply(torch.autograd.grad(loss, values, allow_unused=True), weights)

    recording = record(step_model(step), batch())
    factor = operation(recording, "mul").inputs[0]
    assert np.any(recording.backward[0].gradient_of(factor))


def test_a_loss_without_a_gradient_is_a_pass_and_an_error():
    def step(model, x, y):
        loss = model(x).detach().sum().item()
        torch.tensor(loss).backward()
        model.optimizer.apply([None, None], model.trainable_variables)

    recording = record(step_model(step), batch())
    assert "does not require grad" in str(recording.error)
    assert len(recording.backward[0].weights) == 2


def test_a_gradient_penalty_is_an_operation():
    def step(model, x, y):
        x = x.requires_grad_()
        (slope,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
        (slope**2).sum().backward()
        weights = model.trainable_variables
        model.optimizer.apply([w.value.grad for w in weights], weights)

    recording = run(step_model(step))
    assert operation(recording, names.GRADIENT).outputs
    (backward,) = recording.backward
    assert np.any(backward.gradient_of(backward.weights[0]))


class Broken(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.sin()

    @staticmethod
    def backward(ctx, grad):
        raise ValueError("not written yet")


def test_the_operation_whose_backward_pass_raises_is_named():
    recording = record(model_of(lambda x, w: Broken.apply(x @ w) * 2), batch())
    failed, error = recording.backward[0].failed
    assert failed.kind == kinds.CUSTOM
    assert failed.attributes["function"] == "Broken"
    assert "not written yet" in str(error)


class Halved(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        wrong = grad * x.cos() / 2
        return wrong.contiguous()


class Right(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * x.cos()


def test_a_wrong_gradient_is_found_by_finite_differences():
    found = diagnose(model_of(lambda x, w: Halved.apply(x @ w)), X, Y, numeric=True).findings
    (finding,) = [f for f in found if f.cause == "wrong-derivative"]
    assert finding.location.function == "backward"
    assert "kernel" in finding.weights[0]
    assert "Halved" in finding.message


def test_a_right_gradient_is_none():
    assert diagnose(model_of(lambda x, w: Right.apply(x @ w)), X, Y, numeric=True).healthy


# Kinds.


@pytest.mark.parametrize("name", sorted(names._KINDS))
def test_each_name_in_the_table_is_a_function_of_pytorch(name):
    places = (torch, torch.Tensor, torch.nn.functional, torch.special)
    spellings = (name, f"{name}_", f"__{name}__")
    known = any(hasattr(place, spelling) for place in places for spelling in spellings)
    ours = name in (names.CUSTOM, names.ASSIGN)
    assert known or ours or hasattr(torch.linalg, name.removeprefix("linalg_"))


def test_kinds_are_those_of_the_diagnosis():
    assert set(names._KINDS.values()) <= kinds.KINDS


@pytest.mark.parametrize(
    ("function", "name", "kind"),
    [
        (lambda x: x.clamp(min=0), "clamp", kinds.RECTIFIER),
        (lambda x: torch.clamp(x, 0.0), "clamp", kinds.RECTIFIER),
        (lambda x: x.clamp(max=0), "clamp", kinds.SATURATING),
        (lambda x: x.clamp(0, 1), "clamp", kinds.SATURATING),
        (lambda x: torch.max(x, torch.zeros(1)), "max", kinds.MAXIMUM),
        (lambda x: torch.nn.functional.relu(x, inplace=True), "relu", kinds.RECTIFIER),
    ],
)
def test_a_kind_depends_on_how_a_function_is_called(function, name, kind):
    recording = run(model_of(lambda x, w: function(x @ w) + 0 * (x @ w)))
    assert operation(recording, name).kind == kind


def test_a_choice_has_its_condition_first():
    recording = run(model_of(lambda x, w: (x @ w).masked_fill(x[:, :1] > 0, 0.0)))
    found = operation(recording, "masked_fill")
    assert found.kind == kinds.CHOICE
    assert not recording.graph.is_float(found.inputs[0])


# Nothing is left behind.


class Everything(keras.Model):
    """A step that changes whatever a step can change."""

    def __init__(self, raises=False):
        super().__init__()
        self.dense = layers.Dense(4)
        self.drop = layers.Dropout(0.5)
        self.norm = layers.BatchNormalization()
        self.module = torch.nn.BatchNorm1d(4)
        self.hidden = [torch.nn.BatchNorm1d(4)]
        self.last = layers.Dense(1)
        self.queue = torch.zeros(8, 4)
        self.generator = torch.Generator().manual_seed(3)
        self.foreign = torch.optim.SGD([torch.nn.Parameter(torch.ones(2))], lr=0.1)
        self.raises = raises

    def build(self, shape):
        self.dense.build(shape)
        self.drop.build((None, 4))
        self.norm.build((None, 4))
        self.last.build((None, 4))

    def call(self, x, training=False):
        h = self.norm(self.drop(self.dense(x), training=training), training=training)
        h = self.hidden[0](self.module(h, training=training))
        self.queue[: len(h)] = h.detach()
        noise = torch.rand(h.shape, generator=self.generator) + keras.random.uniform(h.shape)
        return self.last(h + noise + torch.rand(1) + random.random() + np.random.rand())

    def train_step(self, data):
        x, y = data
        loss = torch.mean((self(x, training=True) - y) ** 2)
        loss.backward()  # On top of the gradients from before.
        self.dense.trainable = False
        self.foreign.param_groups[0]["lr"] = 7.0
        self.last.bias.value.requires_grad_(False)
        with torch.no_grad():
            self.last.kernel.value.mul_(0.5)
        self.last.bias.value.data = torch.ones(1)
        self.module.eval()
        if self.raises:
            raise ValueError("in the middle")
        self.dense.trainable = True
        weights = self.trainable_variables
        self.optimizer.apply([w.value.grad for w in weights], weights)
        self.foreign.step()
        return {"loss": loss}


def state_of(model):
    """All that is to stay, bit for bit."""
    variables = [*model.variables, *model.optimizer.variables]
    modules = [model.module.module, model.hidden[0]]
    tensors = [v.value for v in variables] + [model.queue]
    tensors += [t for m in modules for t in (*m.parameters(), *m.buffers())]
    generator = private.global_seed_generator()
    return (
        [t.detach().numpy().tobytes() for t in tensors],
        [(id(t), t.data_ptr(), t.requires_grad, t.is_leaf) for t in tensors],
        [(id(t.grad), None if t.grad is None else t.grad.numpy().tobytes()) for t in tensors],
        [v.trainable for v in variables],
        [layer.trainable for layer in model.layers],
        [m.training for m in modules],
        model.foreign.param_groups[0]["lr"],
        model.generator.get_state().numpy().tobytes(),
        torch.get_rng_state().numpy().tobytes(),
        random.getstate(),
        np.random.get_state()[1].tobytes(),
        generator and generator.state.value.numpy().tobytes(),
    )


@pytest.mark.parametrize("raises", [False, True])
@pytest.mark.parametrize("has_seed", [False, True])
def test_everything_is_bit_for_bit_as_before(raises, has_seed):
    model = Everything(raises)
    model.build((None, 4))
    model.compile(optimizer="adam")
    model.optimizer.build(model.trainable_variables)
    for variable in model.trainable_variables:
        variable.value.grad = torch.randn(variable.shape)
    private.set_global_seed_generator(keras.random.SeedGenerator(3) if has_seed else None)
    before = state_of(model)
    recording = record(model, batch())
    assert ("in the middle" in str(recording.error)) == raises
    assert state_of(model) == before


def test_the_patches_are_taken_back():
    apply, call = vars(torch.autograd.Function)["apply"], vars(layers.Layer)["__call__"]
    made = vars(layers.Layer)["__init__"]
    run(model_of(lambda x, w: x @ w))
    assert vars(torch.autograd.Function)["apply"] is apply
    assert vars(layers.Layer)["__call__"] is call
    assert vars(layers.Layer)["__init__"] is made


def test_what_the_user_keeps_is_as_it_would_be_without_us():
    kept = []

    def function(x, w):
        stopped = (x @ w).detach()
        twice = stopped * 2
        stopped.add_(1.0)
        kept.extend([stopped, twice])
        return twice + x @ w + stopped

    run(model_of(function))
    assert [(t.requires_grad, t.grad, t.grad_fn) for t in kept] == [(False, None, None)] * 2


def test_another_thread_is_left_alone():
    seen = []

    def elsewhere():
        layer = layers.Dense(1)
        made = layer(torch.ones(1, 4))
        Right.apply(made.sum()).backward()
        seen.append(layer.kernel.value.grad is not None)

    def function(x, w):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        return x @ w

    recording = run(model_of(function))
    assert seen == [True]
    assert not [o for o in recording.graph.operations if o.kind == kinds.CUSTOM]
    assert "dense" not in {call.layer.name for call in recording.calls}


def test_two_recordings_are_alike():
    model = Everything()
    model.build((None, 4))
    model.compile(optimizer="adam")
    first, second = (record(model, batch()) for _ in range(2))
    assert [o.type for o in first.graph.operations] == [o.type for o in second.graph.operations]
    for one, other in zip(first.backward[0].weights, second.backward[0].weights, strict=True):
        gradients = first.backward[0].gradient_of(one), second.backward[0].gradient_of(other)
        np.testing.assert_array_equal(*gradients)
