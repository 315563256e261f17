"""The line that makes a layer of Keras without a name."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_gradwatch.diagnosis.making import making_line, own_files

MODEL = """
def build():
    inputs = keras.Input((8,))
    h = layers.Dense(16, activation="relu")(inputs)
    h = layers.Dropout(0.1)(h)
    h = layers.Dense(16, activation="tanh")(h)
    return keras.Model(inputs, layers.Dense(1)(h))
"""
LOOP = """
def build(widths=(16, 16, 1)):
    return keras.Sequential([keras.Input((8,)), *[layers.Dense(width) for width in widths]])
"""
OTHER = """
head = keras.Sequential([keras.Input((8,)), layers.Dense(5)])
"""
IMAGES = """
def build():
    return keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(4, 3), layers.Conv2D(4, 5)])
"""


def built(source, tmp_path, name="model.py"):
    """The model of a file, and the file."""
    path = tmp_path / name
    path.write_text(source)
    scope = {"keras": keras, "layers": layers}
    exec(compile(source, str(path), "exec"), scope)
    return scope["build"](), str(path)


def numbers(model, *files):
    lines = [making_line(layer, model.layers, files) for layer in model.layers]
    return [line and line.line for line in lines]


def test_layers_without_a_name_are_made_in_the_order_of_the_lines(tmp_path):
    model, file = built(MODEL, tmp_path)
    assert numbers(model, file)[1:] == [4, 5, 6, 7]


def test_the_function_that_makes_the_model_is_found_among_others(tmp_path):
    model, file = built(MODEL + OTHER, tmp_path)
    assert numbers(model, file)[1:] == [4, 5, 6, 7]


def test_a_line_that_makes_several_layers_is_not_guessed(tmp_path):
    model, file = built(LOOP, tmp_path)
    assert numbers(model, file) == [None] * 3


def test_a_file_whose_arguments_are_others_is_none(tmp_path):
    model, file = built(MODEL, tmp_path)
    stranger = tmp_path / "stranger.py"
    stranger.write_text(MODEL.replace('"tanh"', '"gelu"'))
    assert numbers(model, str(stranger))[1] is None
    assert numbers(model, str(stranger), file)[1] == 4


def test_two_files_that_fit_are_one_too_many(tmp_path):
    model, file = built(MODEL, tmp_path)
    twin = tmp_path / "twin.py"
    twin.write_text(MODEL)
    assert numbers(model, file, str(twin))[1] is None


@pytest.mark.parametrize("size", [3, 4])
def test_a_kernel_size_is_written_as_one_number(size, tmp_path):
    model, _ = built(IMAGES, tmp_path)
    file = tmp_path / "sizes.py"
    file.write_text(IMAGES.replace("Conv2D(4, 3)", f"Conv2D(4, {size})"))
    assert (numbers(model, str(file))[0] is not None) == (size == 3)


def test_the_cell_of_a_notebook_is_found():
    shells = pytest.importorskip("IPython.core.interactiveshell")
    shell = shells.InteractiveShell.instance()
    try:
        shell.run_cell(f"import keras\nfrom keras import layers\n{MODEL}\nmodel = build()")
        model = shell.user_ns["model"]
        line = making_line(model.layers[3], model.layers, own_files())
        assert str(line) == "Cell [1], line 8, in build"
    finally:
        shells.InteractiveShell.clear_instance()


def test_a_name_in_another_file_that_keras_would_give_as_well_is_not_taken(tmp_path):
    model, file = built(MODEL, tmp_path)
    other = tmp_path / "other.py"
    other.write_text('tower = [layers.Dense(8, name=f"dense_{i}") for i in range(3)]\n')
    assert numbers(model, str(other), file)[1:] == [4, 5, 6, 7]


def test_a_layer_that_was_never_called_has_its_line(tmp_path):
    model, file = built(MODEL, tmp_path)
    *called, last = model.layers
    assert making_line(last, called, [file]).line == 7


def test_two_layers_of_one_name_are_not_told_apart(tmp_path):
    model, file = built(IMAGES, tmp_path)
    keras.utils.clear_session()
    twin, _ = built(IMAGES, tmp_path)
    both = [*model.layers, *twin.layers]
    assert [making_line(layer, both, [file]) for layer in both] == [None] * 4


@pytest.mark.parametrize("sizes", [[[3]], np.ones(2), {"a": 1}])
def test_what_cannot_be_compared_is_no_reason_to_raise(sizes, tmp_path):
    class Pyramid(layers.Layer):
        def __init__(self, sizes, **kwargs):
            super().__init__(**kwargs)

        def get_config(self):
            return {"sizes": sizes}

    file = tmp_path / "pyramid.py"
    file.write_text("layer = Pyramid(3)\n")
    layer = Pyramid(sizes)
    found = making_line(layer, [layer], [str(file)])
    assert (found is None) == isinstance(sizes, list)
