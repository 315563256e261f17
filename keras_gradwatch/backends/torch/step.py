"""How a train step is observed on PyTorch: it runs eagerly, and writes in place."""

import contextlib
from typing import Any

import numpy as np
import torch

IS_STATELESS = False
END_OF_DATA = (StopIteration,)


class Updates:
    """What is added to variables, which PyTorch knows from their values only."""

    def added(self) -> dict[int, Any]:
        """Returns nothing: an optimizer writes in place, in ways of its own."""
        return {}


def observe_updates(variables: dict[int, Any]) -> Updates:
    """Begins to see what is added to variables."""
    return Updates()


def value_of(variable: Any) -> Any:
    """The value of now, copied: updates are written in place."""
    return variable.value.detach().clone()


def to_numpy(tensor: Any) -> np.ndarray:
    """The elements of a tensor, off the device."""
    tensor = torch.as_tensor(tensor).detach().cpu()
    return np.asarray(tensor.float() if tensor.dtype == torch.bfloat16 else tensor)


def without_autograd() -> Any:
    """A scope in which operations are not recorded: a custom step may call `apply` outside one."""
    return torch.no_grad()


def is_traced(args: tuple) -> bool:
    """Whether a step is being traced: on PyTorch it runs."""
    return False


def structural_zeros(attempt: Any, args: tuple) -> list[set[int]]:
    """Which gradients are zero whatever the batch is: PyTorch gives `None` for those."""
    return []


def traced(model: Any, twin: Any, args: tuple) -> tuple[None, tuple]:
    """The graph in which to look for random streams: the process has one random stream."""
    return None, args


def draws(model: Any, graph: Any) -> None:
    """Finds no random operation that has a stream of its own."""


def undecorated_methods(model: Any) -> dict[str, Any]:
    """Methods of a model to be replaced while it is traced: none is traced."""
    return {}


def current_graph() -> None:
    """The graph that operations go into now: PyTorch has none."""


def values_of_call(model: Any, args: tuple) -> Any:
    """A scope in which variables have the values of now, which are those of the call."""
    return contextlib.nullcontext()


def build_state(model: Any, args: tuple) -> None:
    """Makes the variables that the first step would make: Keras has done so."""


def snapshot(model: Any, optimizers: Any, args: tuple) -> list:
    """What a call of the train function may change: variables, with their values of now, copied."""
    variables = [*model.variables, *(v for optimizer in optimizers for v in optimizer.variables)]
    return [(variable, value_of(variable)) for variable in variables]


def snapshot_again(snapshot: list) -> list:
    """The variables of a snapshot with their values of now, copied."""
    return [(variable, value_of(variable)) for variable, _ in snapshot]


def restore(snapshot: list) -> None:
    """Gives variables the values of a snapshot."""
    for variable, value in snapshot:
        variable.assign(value)


def undo_call(outputs: Any, snapshot: list) -> Any:
    """Undoes a call of the train function, and returns its outputs."""
    restore(snapshot)
    return outputs


def has_replicas(model: Any) -> bool:
    """Whether more than one replica trains the model."""
    return False


def keeps_batch(model: Any) -> bool:
    """Whether an observed step can return its batch."""
    return True


def with_first_batch(model: Any) -> Any:
    """A scope for a step on several replicas, which there is none of."""
    return contextlib.nullcontext()


def writes_files(model: Any) -> bool:
    """Whether this process is the one that writes files."""
    return True


def sum_over_replicas(gradients: list, variables: list) -> list:
    """The gradient that the optimizer applies, which it already is."""
    return gradients


def for_the_mean(tensors: Any) -> Any:
    """The tensors: Keras takes no mean."""
    return tensors


def enclose(model: Any, tensors: Any) -> tuple[Any, None]:
    """The tensors that leave a step: nothing is compiled."""
    return tensors, None


def disclose(value: Any, form: None) -> Any:
    """The tensors that have left a step."""
    return value
