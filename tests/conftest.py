"""Settings and small models that many tests share."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import pytest


@pytest.fixture(autouse=True)
def _fresh_session():
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(7)


@pytest.fixture
def xy():
    """70 rows of 8 features and 3 classes: batches of 16 leave a rest."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(70, 8)).astype("float32"), rng.integers(0, 3, 70)
