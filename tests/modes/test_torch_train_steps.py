"""Train steps of one's own on PyTorch, written as Keras' guides and PyTorch users write them."""

import keras
import numpy as np
import pytest

if keras.backend.backend() != "torch":
    pytest.skip("the forms are written in PyTorch", allow_module_level=True)

import contextlib

import torch

from keras_gradwatch import GradientWatch


class Own(keras.Model):
    """The train step of Keras' guide, with or without `no_grad` around the update."""

    around_update = torch.no_grad

    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(5, activation="tanh", name="hidden")
        self.out = keras.layers.Dense(2, name="out")

    def call(self, x):
        return self.out(self.hidden(x))

    def train_step(self, data):
        x, y = data
        self.zero_grad()
        loss = self.compute_loss(x=x, y=y, y_pred=self(x, training=True))
        loss.backward()
        self.update([weight.value.grad for weight in self.trainable_weights])
        return {"loss": loss.detach()}

    def update(self, gradients):
        with self.around_update():
            self.optimizer.apply(gradients, self.trainable_weights)


class WithGrad(Own):
    around_update = contextlib.nullcontext


class Adversaries(Own):
    """A layer for each of two optimizers."""

    def compile(self, **arguments):
        super().compile(**arguments)
        self.first = keras.optimizers.SGD(0.1, name="first")
        self.second = keras.optimizers.Adam(0.1, name="second")

    def update(self, gradients):
        with torch.no_grad():
            self.first.apply(gradients[:2], self.hidden.trainable_weights)
            self.second.apply(gradients[2:], self.out.trainable_weights)


class TorchOptimizer(Own):
    """Updates with PyTorch's own optimizer."""

    def update(self, gradients):
        torch.optim.SGD(self.parameters(), lr=0.1).step()


def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(32, 8)).astype("float32"), rng.normal(size=(32, 2)).astype("float32")


def trained(form, callbacks):
    keras.utils.set_random_seed(0)
    model = form()
    x, y = data()
    model(x)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    model.fit(x, y, batch_size=8, shuffle=False, verbose=0, callbacks=callbacks)
    return model


def watched(form):
    """Trains twice; the model and the watch of a training that came out the same to the bit."""
    plain = trained(form, [])
    watch = GradientWatch(every=2)
    model = trained(form, [watch])
    for one, other in zip(plain.weights, model.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())
    return model, watch


@pytest.mark.parametrize("form", [Own, WithGrad, Adversaries])
def test_every_weight_is_seen_and_nothing_is_changed(form):
    model, watch = watched(form)
    assert set(watch.coverage.watched) == {weight.path for weight in model.trainable_weights}
    assert not watch.coverage.notes


def test_the_gradient_is_the_one_that_the_step_computed():
    x, y = data()
    keras.utils.set_random_seed(0)
    model = Own()
    model(x)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    before = [weight.numpy() for weight in model.trainable_weights]
    watch = GradientWatch(every=1, rules=[])
    model.fit(x, y, batch_size=len(x), verbose=0, callbacks=[watch])
    after = [weight.numpy() for weight in model.trainable_weights]
    # Without momentum the update is the gradient times the learning rate.
    norms = [np.linalg.norm(old - new) / 0.1 for old, new in zip(before, after, strict=True)]
    np.testing.assert_allclose(watch.to_pandas().norm, norms, rtol=1e-4)


def test_each_optimizer_has_its_weights():
    _, watch = watched(Adversaries)
    table = watch.to_pandas()
    owners = set(zip(table.layer, table.optimizer, strict=True))
    assert {(layer.split("/")[-1], optimizer) for layer, optimizer in owners} == {
        ("hidden", "first"),
        ("out", "second"),
    }


def test_an_optimizer_of_pytorch_is_said_not_to_be_watched():
    with pytest.warns(UserWarning, match="asked no Keras optimizer for an update"):
        _, watch = watched(TorchOptimizer)
    assert not watch.coverage.watched
