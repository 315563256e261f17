"""One sampled batch on its way from the step to its record."""

import dataclasses
import time
from typing import Any

from keras_gradwatch.step.layout import StepLayout


@dataclasses.dataclass(frozen=True)
class Sample:
    """One sampled batch: what the observed step returned, still on the device.

    Args:
        layout: What is static of the step that ran.
        measured: The tensors of `gradients.pack`.
        step: Iteration of the first optimizer before the update, `None` where none was seen.
        finite: Share of the replicas whose gradients are all finite, or `None` where it was not
            asked for.
        data: The batch as `train_step` got it, or `None`.
        logs: What the train step returned.
        epoch: Epoch, from 0.
        batch: Batch within the epoch, from 0.
        snapshot: What the model was before the batch, where that is needed.
        wall_time: Seconds since 1970.
    """

    layout: StepLayout
    measured: dict[str, Any]
    step: Any
    finite: Any = None
    data: Any = None
    logs: Any = None
    epoch: int = 0
    batch: int = 0
    snapshot: Any = ()
    wall_time: float = dataclasses.field(default_factory=time.time)

    @property
    def is_finite(self) -> bool:
        """Whether all gradients are finite, as far as it was asked for."""
        return self.finite is None or float(self.finite) == 1
