"""What a backend provides. Each folder beside this file is one, and has all of these names."""

from collections.abc import Callable
from typing import Any, Protocol

from keras_gradwatch.findings import Finding
from keras_gradwatch.recording.recording import Recording


class Updates(Protocol):
    """What an optimizer adds to variables, seen from its making on."""

    def added(self) -> dict[int, Any]:
        """Returns what was added, by position, where it is known without a difference."""


class Draws(Protocol):
    """Random operations of an observed function that have a stream of their own."""

    places: tuple[str, ...]
    """The name of each, and its line."""

    def rehearse(self, twin: Callable, args: tuple, tried: Callable) -> tuple[Any, tuple | None]:
        """Runs the function and undoes what it wrote: its outputs, and the arguments once more."""


class Rescue(Protocol):
    """The values of a model from before an update, seen from its making on."""

    def values(self, is_spoiled: Any) -> list:
        """Returns the values where a boolean scalar is true, otherwise nothing."""


class Backend(Protocol):
    """The functions of a backend: `measure.py`, `step.py`, `recorder.py`, `numeric.py`."""

    IS_STATELESS: bool
    """Whether a train step gets the state of the training and returns it."""
    END_OF_DATA: tuple[type[BaseException], ...]
    """What a train function raises when a data set of unknown length has ended."""

    # measure.py: statistics, inside the step.

    def stack(self, gradients: list) -> Any:
        """Gradients of one shape as a float32 tensor `[weights, rows, channels]`."""

    def compute_statistics(self, stacks: list, sizes: list[int]) -> tuple[Any, Any]:
        """The statistics `[len(statistics.NAMES), weights]`, and which channels are not 0."""

    def change_norms(self, before: list, after: list, added: list) -> Any:
        """Norms of weights before their update, and of the update, `[2, weights]`."""

    def count_exponents(self, stacks: list, sizes: list[int]) -> Any:
        """How often each sign and exponent occurs, integers `[weights, 2, 256]`."""

    # step.py: how a train step is observed.

    def value_of(self, variable: Any) -> Any:
        """The value of now, which later updates leave as it is."""

    def to_numpy(self, tensor: Any) -> Any:
        """The elements of a tensor, off the device."""

    def without_autograd(self) -> Any:
        """A scope in which operations are not recorded for a gradient."""

    def observe_updates(self, variables: dict[int, Any]) -> Updates:
        """Begins to see what is added to variables."""

    def structural_zeros(self, attempt: Any, args: tuple) -> list[set[int]]:
        """For each list that `attempt` returns, which entries are zero whatever the batch is."""

    def is_traced(self, args: tuple) -> bool:
        """Whether a step with these arguments is being traced and may be traced once more."""

    def undecorated_methods(self, model: Any) -> dict[str, Any]:
        """Methods of a model that are functions of the framework, as plain Python."""

    def current_graph(self) -> Any:
        """The graph that operations go into now, `None` where there are none."""

    def values_of_call(self, model: Any, args: tuple) -> Any:
        """A scope in which variables have the values that a call of the train function is given."""

    def build_state(self, model: Any, args: tuple) -> None:
        """Makes the variables that the first step of a model would make while it is traced."""

    def traced(self, model: Any, twin: Callable, args: tuple) -> tuple[Any, tuple]:
        """The graph of an observed function, `None` without streams; and the arguments."""

    def draws(self, model: Any, graph: Any) -> Draws | None:
        """Finds random operations of a graph that have a stream of their own."""

    def snapshot_again(self, snapshot: Any) -> Any:
        """The variables of a snapshot with their values of now."""

    def snapshot(self, model: Any, optimizers: Any, args: tuple) -> Any:
        """What a call of the train function may change, with the values of now."""

    def restore(self, snapshot: Any) -> None:
        """Gives variables the values of a snapshot."""

    def undo_call(self, outputs: Any, snapshot: Any) -> Any:
        """Undoes a call of the train function, and returns its outputs as `fit` is to see them."""

    def has_replicas(self, model: Any) -> bool:
        """Whether more than one replica trains the model."""

    def keeps_batch(self, model: Any) -> bool:
        """Whether an observed step can return its batch."""

    def with_first_batch(self, model: Any) -> Any:
        """A scope in which an observed step on several replicas returns the batch of the first."""

    def writes_files(self, model: Any) -> bool:
        """Whether this process is the one that writes files."""

    def sum_over_replicas(self, gradients: list, variables: list) -> list:
        """The gradient that the optimizer applies, of those of each replica."""

    def for_the_mean(self, tensors: Any) -> Any:
        """Tensors in a form that Keras takes the mean of over replicas, exactly."""

    # enclosing.py, rescue.py: what leaves a step beside the statistics.

    def enclose(self, model: Any, tensors: Any) -> tuple[Any, Any]:
        """Tensors as one value, and its form; or the tensors and `None`."""

    def disclose(self, value: Any, form: Any) -> Any:
        """The tensors that are enclosed in a value."""

    def rescues(self, model: Any) -> bool:
        """Whether a step can give the values of before where its gradients are not finite."""

    def observe_values(self, model: Any) -> Any:
        """Begins to see the values of a model: a `Rescue` where a step can give them."""

    def rescued(self, model: Any, values: list) -> Any:
        """A snapshot of the values that have left a step, empty where none were wanted."""

    # recorder.py: one step, operation by operation, for the diagnosis.

    def record(
        self, model: Any, data: Any, *, ignore_scale: bool = False, state: Any = None
    ) -> Recording:
        """Runs the model's train step once without applying it.

        Args:
            model: The compiled model.
            data: The batch, as `train_step` gets it.
            ignore_scale: Whether the loss is left unscaled.
            state: What the train step is given besides, where `IS_STATELESS`.

        Raises:
            NotRecorded: If the step cannot be recorded, such as one that is too large to be kept.
        """

    def traced_error(self, model: Any, data: Any) -> Exception | None:
        """What compiling the step raises that running it does not, `None` for nothing."""

    # numeric.py: custom gradients against finite differences.

    def check_custom_gradients(self, model: Any, data: Any) -> tuple[list[Finding], list[str]]:
        """What is wrong with custom gradients, and a sentence on what could not be checked."""
