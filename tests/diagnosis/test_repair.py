"""A line is repaired where one change of one expression does it, and left alone elsewhere."""

import pytest

from keras_gradwatch.diagnosis.repair import repaired


@pytest.mark.parametrize(
    ("cause", "line", "expected"),
    [
        ("stop-gradient", "h = ops.stop_gradient(h)", "h = h"),
        ("stop-gradient", "return self.dense(x.detach())", "return self.dense(x)"),
        ("host-call", "w = self.kernel.numpy()", "w = self.kernel"),
        ("host-call", "w = ops.convert_to_numpy(w) * 2", "w = w * 2"),
        (
            "zero-derivative",
            "w = tf.sign(self.kernel)",
            "w = self.kernel + tf.stop_gradient(tf.sign(self.kernel) - self.kernel)",
        ),
        (
            "non-differentiable",
            'return ops.cast(x > 0, "float32")',
            'return x + ops.stop_gradient(ops.cast(x > 0, "float32") - x)',
        ),
        (
            "zero-derivative",
            "w = ops.round(x * 4) / 4",
            "w = ((soft := (x * 4)) + ops.stop_gradient(ops.round(soft) - soft)) / 4",
        ),
        ("non-differentiable", "y = (x > 0).float()", "y = x + ((x > 0).float() - x).detach()"),
        (
            "zero-derivative",
            "return jnp.round(x)",
            "return x + jax.lax.stop_gradient(jnp.round(x) - x)",
        ),
        ("non-finite", "d = torch.sqrt(s, out=o)", "d = torch.sqrt(s + 1e-07, out=o)"),
        ("non-finite", "d = s.sqrt()", "d = (s + 1e-07).sqrt()"),
    ],
)
def test_one_change_repairs_a_line(cause, line, expected):
    assert repaired(cause, line) == expected


@pytest.mark.parametrize(
    ("cause", "line"),
    [
        ("stop-gradient", "return ops.stop_gradient(a) + ops.stop_gradient(b)"),  # Which one?
        ("non-differentiable", "i = ops.argmax(x, axis=-1)"),
        ("non-finite", "h = ops.sqrt("),
        ("non-finite", "for value in values:"),
        ("zero-derivative", "def hard(x): return ops.sign(x)"),  # It would become two lines.
        ("unused", "x = ops.stop_gradient(x)"),
    ],
)
def test_a_line_that_shows_no_repair_is_left_alone(cause, line):
    assert repaired(cause, line) is None
