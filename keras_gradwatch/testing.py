"""For test suites: a model that does not get the gradients it should fails the test."""

from keras_gradwatch.diagnosis import diagnose


def assert_healthy(model, x, y=None, sample_weight=None, *, numeric: bool = False) -> None:
    """Asserts that each trainable weight of a model gets a gradient that is nonzero and finite.

    Args:
        model: A compiled model. Its state is restored.
        x: Inputs of one batch, or batches, of which the first is taken.
        y: Targets.
        sample_weight: Weights of the rows.
        numeric: Whether each custom gradient is compared with finite differences.

    Raises:
        AssertionError: If something is wrong, or a weight could not be looked at. The message is
            what `diagnose` says.
        ValueError: If the model is not compiled, or the data are no batch.

    Example:

    ```python
    from keras_gradwatch.testing import assert_healthy


    def test_my_layer_learns():
        assert_healthy(model, x, y)
    ```
    """
    __tracebackhide__ = True  # pytest ends its traceback at the line of the test.
    diagnosis = diagnose(model, x, y, sample_weight, numeric=numeric)
    if not diagnosis.healthy:
        raise AssertionError(f"{model.name} is {diagnosis.verdict}\n\n{diagnosis}")
