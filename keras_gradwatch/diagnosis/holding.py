"""Where the user's code keeps what the model does not look into: an object, a list of objects.

A model knows the weights of the layers that its layers hold. It does not look into a `tf.Module`, a
data class or any other object.
"""

from collections.abc import Iterator
from typing import Any

import keras

from keras_gradwatch.diagnosis.creation import assignment_line, is_of_the_users
from keras_gradwatch.findings import Location
from keras_gradwatch.recording.recording import Recording, Variable, items_of, layers_of


def keeping_line(recording: Recording, variable: Variable) -> Location | None:
    """Returns the line of the user's that keeps a variable, or the layer that it belongs to.

    A variable is of no use to a model where it was made: that line. A layer is, if only it were
    kept by another layer: the line of the layer that holds the object around it.

    Args:
        recording: The step.
        variable: A variable that the model does not know.
    """
    kept = list(_kept(recording))
    around = [(owner, name) for owner, name, item in kept if _is(item, variable)]
    is_of_a_layer = any(_is_layer(owner) for owner, _ in around)
    seen: set[int] = set()
    while around:
        ways = [way for way in around if _is_layer(way[0]) or not is_of_a_layer]
        line = next(filter(None, (assignment_line(*way) for way in ways)), None)
        if line is not None:
            return line
        inner = {id(owner) for owner, _ in around} - seen
        seen |= inner
        around = [(owner, name) for owner, name, item in kept if id(item) in inner]
    return None


def _is_layer(thing: Any) -> bool:
    return isinstance(thing, keras.layers.Layer)


def _kept(recording: Recording) -> Iterator[tuple[Any, str, Any]]:
    """All that the called layers hold, however deep: what holds it, as what, and the thing."""
    waiting = layers_of(recording.calls)
    seen = {id(layer) for layer in waiting}
    while waiting:
        owner = waiting.pop(0)
        attributes = recording.attributes_of(owner) if _is_layer(owner) else vars(owner)
        for name, value in attributes.items():
            for item in items_of(value):
                yield owner, name, item
                goes_deeper = _is_layer(item) or is_of_the_users(item)
                if goes_deeper and id(item) not in seen:
                    seen.add(id(item))
                    waiting.append(item)


def _is(item: Any, variable: Variable) -> bool:
    """Whether something is a variable, or the variable of Keras around it."""
    value = item.value if isinstance(item, keras.Variable) else item
    return any(value is holder or item is holder for holder in variable.holders)
