"""How a train step is observed on JAX: it gets the state of the training and returns it."""

import contextlib
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from keras_gradwatch.backends.jax import structural_zeros as zeros

IS_STATELESS = True
END_OF_DATA = (StopIteration,)


class Updates:
    """What is added to variables, which JAX knows from their values only."""

    def added(self) -> dict[int, Any]:
        """Returns nothing: no operation writes to a variable."""
        return {}


def observe_updates(variables: dict[int, Any]) -> Updates:
    """Begins to see what is added to variables."""
    return Updates()


def value_of(variable: Any) -> Any:
    """The value of now; values never change on JAX."""
    return keras.ops.convert_to_tensor(variable)


def to_numpy(tensor: Any) -> np.ndarray:
    """The elements of an array, off the device."""
    return np.asarray(tensor)


def without_autograd() -> Any:
    """A scope in which operations are not recorded: on JAX none are."""
    return contextlib.nullcontext()


def is_traced(args: tuple) -> bool:
    """Whether a step with these arguments is being traced and may be traced once more."""
    return zeros.is_traced(args)


def structural_zeros(attempt: Any, args: tuple) -> list[set[int]]:
    """For each list that `attempt` returns, which entries are zero whatever the batch is."""
    return zeros.zeros(attempt, *args)


def traced(model: Any, twin: Any, args: tuple) -> tuple[None, tuple]:
    """The graph in which to look for random streams: the step is given every random state."""
    return None, args


def draws(model: Any, graph: Any) -> None:
    """Finds no random operation that has a stream of its own."""


def undecorated_methods(model: Any) -> dict[str, Any]:
    """Methods of a model to be replaced while it is traced: `jax.jit` stays as it is."""
    return {}


def current_graph() -> None:
    """The graph that operations go into now: JAX has none."""


def values_of_call(model: Any, args: tuple) -> Any:
    """A scope in which variables have the values of a state: they hold none while `fit` runs."""
    optimizer = getattr(model, "optimizer", None)
    owned = [
        model.trainable_variables,
        model.non_trainable_variables,
        optimizer.variables if optimizer else [],
        model.metrics_variables,
    ]
    pairs = [pair for each in zip(owned, args[0], strict=True) for pair in zip(*each, strict=True)]
    return keras.StatelessScope(state_mapping=pairs)


def build_state(model: Any, args: tuple) -> None:
    """Makes the variables that the first step would make: Keras has done so."""


def snapshot(model: Any, optimizers: Any, args: tuple) -> Any:
    """A copy of the state that a call of the train function uses up."""
    return keras.tree.map_structure(jnp.copy, args[0])


def snapshot_again(snapshot: Any) -> list:
    """The variables of a snapshot: a state holds none."""
    return []


def restore(snapshot: list) -> None:
    """Gives variables the values of a snapshot, which holds none."""


def undo_call(outputs: Any, snapshot: Any) -> Any:
    """Undoes a call of the train function: its logs, and the state of before."""
    logs, _ = outputs
    return logs, snapshot


def has_replicas(model: Any) -> bool:
    """Whether more than one replica trains the model: on JAX one step serves all devices."""
    return False


def keeps_batch(model: Any) -> bool:
    """Whether an observed step can return its batch."""
    return True


def with_first_batch(model: Any) -> Any:
    """A scope for a step on several replicas, which there is none of."""
    return contextlib.nullcontext()


def writes_files(model: Any) -> bool:
    """Whether this process is the one that writes files."""
    return jax.process_index() == 0


def sum_over_replicas(gradients: list, variables: list) -> list:
    """The gradients, laid out over the devices as their variables are.

    What is measured of them would otherwise choose the layout of what they are computed from.
    """
    distribution = keras.distribution.distribution()
    if distribution is None:
        return gradients
    return [
        gradient
        if gradient is None
        else keras.distribution.distribute_tensor(
            gradient, distribution.get_variable_layout(variable)
        )
        for gradient, variable in zip(gradients, variables, strict=True)
    ]


def for_the_mean(tensors: Any) -> Any:
    """The tensors: Keras takes no mean."""
    return tensors


def enclose(model: Any, tensors: Any) -> tuple[Any, None]:
    """The tensors that leave a step: an output of a compiled step costs 2 us."""
    return tensors, None


def disclose(value: Any, form: None) -> Any:
    """The tensors that have left a step."""
    return value


def rescues(model: Any) -> bool:
    """Whether a step gives the values of before: what it returns has a size of its own."""
    return False


def observe_values(model: Any) -> None:
    """Begins to see the values of a model, which no step gives."""


def rescued(model: Any, values: list) -> tuple:
    """A snapshot of values that left a step: none have."""
    return ()
