"""What is said of one gradient: the cause, and the operation to blame."""

import dataclasses
from typing import Any

from keras_gradwatch.findings import Location
from keras_gradwatch.recording.graph import Operation


@dataclasses.dataclass(frozen=True)
class Blame:
    """Why one gradient is not what it should be.

    Args:
        cause: One of `findings.CAUSES`.
        operation: The operation to blame, or `None`.
        evidence: The numbers on both sides of it.
        heals: Whether the next update changes the situation by itself.
        location: The line to blame where it is not that of the operation.
        because: Why, where the words of the cause do not fit.
        fix: What to change, where that of the cause does not fit.
    """

    cause: str
    operation: Operation | None = None
    evidence: dict[str, Any] = dataclasses.field(default_factory=dict)
    heals: bool = False
    location: Location | None = None
    because: str = ""
    fix: str = ""
