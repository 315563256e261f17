"""What comes out of an observed step, still on the device."""

import dataclasses
from typing import Any

from keras_gradwatch.step.gradients import Group


@dataclasses.dataclass(frozen=True)
class Trace:
    """What is known of an observed step without running it.

    Args:
        applications: For each call of `optimizer.apply` the optimizer and its variables.
        missing: For each call the positions of the variables without a gradient.
        groups: The groups that are measured, in the order of the outputs.
    """

    applications: tuple[tuple[Any, tuple], ...]
    missing: tuple[tuple[int, ...], ...]
    groups: tuple[Group, ...]


@dataclasses.dataclass
class Observation:
    """What an observed call brought, still on the device.

    Args:
        trace: The step that ran.
        measured: The tensors of `gradients.pack`.
        step: Iteration of the first optimizer before the update.
        finite: Share of the replicas whose gradients are all finite, or `None` where it was not
            asked for.
        data: The batch as `train_step` got it, or `None`.
        logs: What the train step returned.
    """

    trace: Trace
    measured: dict[str, Any]
    step: Any
    finite: Any
    data: Any
    logs: Any
