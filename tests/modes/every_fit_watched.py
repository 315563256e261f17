"""A plugin of pytest: in the tests that are run each `fit` has a watch that samples every batch.

`.ci/weekly` runs Keras' own tests of `fit` with it.
"""

import importlib.util
import sys
import types

import keras  # noqa: F401 - looks for what is installed, before the line below
import pytest

from keras_gradwatch.cli.run import Watches

if importlib.util.find_spec("jax") is None:  # The tests import it whatever the backend is.
    sys.modules["jax"] = types.ModuleType("jax")


@pytest.fixture(autouse=True)
def _watched(tmp_path_factory):
    with Watches(str(tmp_path_factory.mktemp("logs")), every=1).in_every_fit():
        yield
