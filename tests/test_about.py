"""What a log says of the run that wrote it."""

import keras

import keras_gradwatch
from keras_gradwatch.outputs.about import about
from keras_gradwatch.rules import default_rules


def test_model_versions_and_settings():
    told = about("resnet", {"every": 10, "weights": "conv", "log_dir": None})
    assert told["model"] == "resnet"
    assert told["settings"] == "every=10, weights='conv', log_dir=None"
    assert (
        f"keras_gradwatch {keras_gradwatch.__version__}, keras {keras.__version__}, "
        in (told["versions"])
    )
    assert keras.config.backend() in told["versions"]


def test_rules_and_functions_are_told_by_name():
    told = about(
        "m", {"rules": [*default_rules()[:1]], "weights": test_model_versions_and_settings}
    )
    assert " at 0x" not in told["settings"]
    assert "weights=test_model_versions_and_settings" in told["settings"]


def test_a_setting_of_any_length_is_short():
    assert len(about("m", {"weights": "x" * 10_000})["settings"]) < 300
