"""The line that creates a weight, where the source of the class can be found and where not."""

from keras import layers

from keras_gradwatch.diagnosis.creation import creation_line
from keras_gradwatch.recording.recording import Variable


def line_of(layer):
    slope = Variable(
        "", "slope", (), "float32", True, True, False, layer.slope.numpy, (layer.slope,)
    )
    return creation_line(layer, vars(layer), slope)


class Slope(layers.Layer):
    def build(self, shape):
        self.slope = self.add_weight(name="slope", shape=())


def test_the_line_in_build_is_found():
    layer = Slope()
    layer.build((2, 3))
    assert line_of(layer).text.startswith("self.slope = self.add_weight(")


def test_a_class_without_source_has_no_line(monkeypatch):
    layer = Slope()
    layer.build((2, 3))
    monkeypatch.setattr(Slope, "__module__", "never_registered")
    assert line_of(layer) is None
