"""The texts are the product: what a finding says, word for word."""

import json

import keras
import pytest
import tensorflow as tf
from keras import layers

from keras_gradwatch import diagnose
from keras_gradwatch.explanations.causes import CAUSES


class StepConv(layers.Layer):
    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(3, 3, shape[-1], 8))

    def call(self, x):
        x = tf.nn.conv2d(x, self.kernel, strides=1, padding="SAME")
        return tf.cast(x > 0, tf.float32)


@pytest.fixture
def diagnosis():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            StepConv(name="custom_conv2d"),
            layers.Flatten(name="flatten"),
            layers.Dense(1, name="dense"),
        ],
        name="digits",
    )
    model.compile("sgd", "mse")
    return diagnose(model, tf.random.normal((8, 6, 6, 1)), tf.ones((8, 1)))


def test_a_finding_says_what_where_why_and_the_repair(diagnosis):
    (finding,) = diagnosis.findings
    message, where, because, fix, old, new, check, path, more = str(finding).splitlines()
    assert message == "error[GW102]: digits/custom_conv2d/kernel (3, 3, 1, 8) gets no gradient"
    text = f"where return tf.cast(x > 0, tf.float32) {__file__}:20, in call"
    assert " ".join(where.split()) == text
    assert because.startswith(
        "  because  a comparison (`>`) has no derivative: the gradient reaches"
    )
    assert fix.startswith("  fix      use a differentiable counterpart")
    assert old.endswith("- return tf.cast(x > 0, tf.float32)")
    assert new.endswith("+ return x + tf.stop_gradient(tf.cast(x > 0, tf.float32) - x)")
    assert check.startswith(
        "  check    with a slope of 1 there, digits/custom_conv2d/kernel gets a"
    )
    assert path.startswith("  path     loss (1) <- dense (")
    assert path.endswith("<- [here] <- digits/custom_conv2d/kernel")
    assert more == "  more     gradwatch explain GW102"
    for cause in CAUSES.values():
        assert cause.explanation.format(op="Relu")
        assert cause.remedy.format()


def test_machines_read_a_finding(diagnosis):
    (finding,) = json.loads(json.dumps([f.to_dict() for f in diagnosis.findings]))
    assert (finding["cause"], finding["code"]) == ("non-differentiable", "GW102")
    assert finding["location"]["line"] == 20
    assert finding["weights"] == ["digits/custom_conv2d/kernel"]
    assert [hop["name"] for hop in finding["evidence"]["path"]][:2] == ["loss", "dense"]


def test_notebooks_show_it_without_running_what_it_says(diagnosis):
    text = diagnosis._repr_html_()
    assert "tf.cast(x &gt; 0, tf.float32)" in text
    assert "x > 0" not in text


def test_tensorboard_gets_markdown(diagnosis):
    text = diagnosis.findings[0].to_markdown()
    assert text.startswith(
        "**error[GW102]: digits/custom_conv2d/kernel (3, 3, 1, 8) gets no gradient**"
    )
    assert "- **because**: a comparison (`>`) has no derivative" in text


def test_the_table_has_one_row_per_finding(diagnosis):
    frame = diagnosis.to_pandas()
    assert list(frame["symptom"]) == ["missing"]
