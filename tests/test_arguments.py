"""What a user passes to `GradientWatch` by mistake is answered in one line."""

import keras
import models
import pytest

from keras_gradwatch import GradientError, GradientWarning, GradientWatch, Output

BACKEND = keras.backend.backend()

pytestmark = pytest.mark.filterwarnings("ignore:Gradients do not exist")


def raised(**arguments):
    with pytest.raises(ValueError, match=r".") as caught:
        GradientWatch(**arguments)
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("nan", "Did you mean 'non-finite'?"),
        (["zero", "Inf"], "Did you mean 'non-finite'?"),
        ("non_finite", "Did you mean 'non-finite'?"),
        ("dead", "Did you mean 'dead-channels'?"),
        ("explode", "Did you mean 'exploding'?"),
        ("wrong", "Only `diagnose(model, x, y, numeric=True)` compares derivatives."),
        ("learning", "Known are missing, zero, "),
        (7, "Known are missing, zero, "),
    ],
)
def test_stop_on_what_is_no_symptom(value, hint):
    text = raised(stop_on=value)
    assert f"`stop_on` must be symptoms or causes. Received: stop_on={value!r}. {hint}" in text


@pytest.mark.parametrize("value", ["unused", "shape"])
def test_stop_on_what_only_the_search_for_causes_sees(value):
    assert "with `explain=False`. Received: stop_on=" in raised(stop_on=value, explain=False)
    assert GradientWatch(stop_on=value).stop_on == (value,)


def test_weights_that_are_no_regular_expression():
    assert raised(weights="conv[(") == (
        "`weights` must be a regular expression: unterminated character set at position 4. "
        "Received: weights='conv[('"
    )


@pytest.mark.parametrize("name", ["scalars", "histograms"])
@pytest.mark.parametrize("value", ["al", 3, None])
def test_how_much_is_written_is_yes_no_or_all(name, value):
    expected = f'`{name}` must be True, False or "all". Received: {name}={value!r}'
    assert raised(**{name: value}) == expected


@pytest.mark.parametrize("value", [[3], Output, "tensorboard", [GradientWatch]])
def test_outputs_that_are_none(value):
    assert "`outputs` must be a list of objects with the methods" in raised(outputs=value)


HEALTHY = models.eagerly(models.sequential)


def fit(watch, build=HEALTHY):
    model, x, y = build()
    model.fit(x, y, batch_size=16, epochs=2, verbose=0, callbacks=[watch])
    return model


def test_weights_that_match_nothing():
    watch = GradientWatch(weights="dense2/kernl", every=1)
    with pytest.warns(UserWarning, match="watches nothing") as caught:
        fit(watch)
    (warning,) = (w for w in caught if "watches nothing" in str(w.message))
    nearest = "sequential/dense_2/kernel, "
    assert "none of the 8 trainable weights. Received: weights='dense2/kernl'" in str(
        warning.message
    )
    assert f"The nearest are {nearest}" in str(warning.message)
    assert warning.filename == __file__
    assert repr(watch) == "GradientWatch: no batch has been sampled yet"


def test_a_function_that_chooses_nothing():
    with pytest.warns(UserWarning, match="watches nothing: `weights` matches none of the 8"):
        fit(GradientWatch(weights=lambda path: False))


def test_a_cause_stops():
    with pytest.warns(GradientWarning, match="`stop_on` has 'non-differentiable'"):
        model = fit(GradientWatch(stop_on="non-differentiable"), models.cut)
    assert int(model.optimizer.iterations.numpy()) == 1


class Promising(keras.layers.Layer):
    """Declares a shape that it does not produce."""

    def call(self, x):
        return x

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 3)


def promising():
    layers = [keras.layers.Dense(2), Promising(), keras.layers.Flatten()]
    model = keras.Sequential([*layers])
    model.compile("sgd", "mse")
    _, x, _ = models.sequential()
    return model, x, x[:, :2]


@pytest.mark.parametrize("name", ["shape", "shape-contract"])
def test_a_broken_shape_stops(name):
    with pytest.warns(GradientWarning, match=f"`stop_on` has {name!r}"):
        model = fit(GradientWatch(stop_on=name), promising)
    assert int(model.optimizer.iterations.numpy()) == 1


def test_raise_error_alone_raises_what_is_an_error():
    with pytest.raises(GradientError, match="step/kernel"):
        fit(GradientWatch(raise_error=True), models.cut)


class Leaving(models.Subclassed):
    def compute_loss(self, *args, **kwargs):
        raise AttributeError(f"'Tensor' object has no attribute 'numpy' of {self.name}")


def leaving():
    model = Leaving()
    model.compile("sgd", "mse")
    _, x, y = models.sequential()
    return model, x, y


@pytest.mark.skipif(BACKEND != "tensorflow", reason="the error is one of TensorFlow")
def test_raise_error_leaves_the_exception_of_the_user():
    with (
        pytest.warns(GradientWarning, match="leaves the graph"),
        pytest.raises(AttributeError, match="has no attribute 'numpy' of leaving"),
    ):
        fit(GradientWatch(raise_error=True), leaving)


def test_raise_error_alone_lets_a_healthy_model_train():
    fit(GradientWatch(raise_error=True))


@pytest.mark.parametrize("ask", ["plot", "summary"])
def test_a_watch_before_fit_says_how_to_begin(ask, capsys):
    watch = GradientWatch()
    if ask == "summary":
        watch.summary()
        said = " ".join(capsys.readouterr().out.split())
    else:
        pytest.importorskip("matplotlib")
        with pytest.raises(ValueError, match="sampled") as caught:
            watch.plot()
        said = str(caught.value)
    assert "no batch has been sampled yet. Pass the watch to `fit(callbacks=[watch])`" in said
