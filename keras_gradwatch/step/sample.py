"""One sampled batch on its way from the step to its record."""

import dataclasses
import functools
import time
from typing import Any

from keras_gradwatch.backends import backend
from keras_gradwatch.step.layout import StepLayout


@dataclasses.dataclass(eq=False)
class Sample:
    """One sampled batch: what the observed step returned, still on the device.

    Args:
        layout: What is static of the step that ran.
        value: What has left the step: by name, or enclosed in one value.
        form: The form of what is enclosed, `None` where nothing is.
        finite: Share of the replicas whose gradients are all finite, or `None` where it was not
            asked for.
        logs: What the train step returned.
        epoch: Epoch, from 0.
        batch: Batch within the epoch, from 0.
        snapshot: What the model was before the batch, where that is needed.
        with_histogram: Whether the counts for the histograms are read.
        wall_time: Seconds since 1970.
    """

    layout: StepLayout
    value: Any
    form: Any = None
    finite: Any = None
    logs: Any = None
    epoch: int = 0
    batch: int = 0
    snapshot: Any = ()
    with_histogram: bool = True
    wall_time: float = dataclasses.field(default_factory=time.time)

    @functools.cached_property
    def _content(self) -> dict[str, Any]:
        return backend().disclose(self.value, self.form)

    @property
    def has_update(self) -> bool:
        """Whether an optimizer was asked for an update."""
        return "step" in (self.value if self.form is None else self.form)

    @property
    def measured(self) -> dict[str, Any]:
        """The tensors of `gradients.pack`."""
        return self._content["measured"]

    @property
    def step(self) -> Any:
        """Iteration of the first optimizer before the update."""
        return self._content["step"]

    @property
    def data(self) -> Any:
        """The batch as `train_step` got it, or `None`."""
        return self._content.get("data")

    @property
    def rescued(self) -> list:
        """For each update the values from before it, where it spoiled the model."""
        return self._content.get("rescued", [])

    @property
    def is_finite(self) -> bool:
        """Whether all gradients are finite, as far as it was asked for."""
        return self.finite is None or float(self.finite) == 1
