"""How often the optimizers clip: the log holds the gradients as they were before."""

from collections.abc import Callable

import numpy as np

SETTINGS = ("clipnorm", "global_clipnorm", "clipvalue")


def notes(optimizers, to_pandas: Callable) -> list[str]:
    """Returns a sentence for each optimizer that clips.

    Args:
        optimizers: Keras optimizers.
        to_pandas: Function that returns the log, which is read only where something clips.
    """
    clips = [
        (optimizer.name, applying, setting)
        for optimizer in optimizers
        for applying in [getattr(optimizer, "inner_optimizer", optimizer)]
        for setting in SETTINGS
        if getattr(applying, setting)
    ]
    if not clips:
        return []
    table = to_pandas()
    return [_note(*clip, table[table.optimizer == clip[0]]) for clip in clips]


def _note(name, optimizer, setting, rows):
    limit = getattr(optimizer, setting)
    said = f"{setting}={limit} of {name}"
    if optimizer.gradient_accumulation_steps:
        return f"{said} clips accumulated gradients: how often is not known"
    largest = _LARGEST[setting](rows)
    return f"{said} clipped {int((largest > limit).sum())} of {len(largest)} sampled steps"


def _global_norms(rows):
    return np.sqrt(np.square(rows.norm).groupby(rows.step).sum())


_LARGEST = {
    "clipnorm": lambda rows: rows.groupby("step").norm.max(),
    "global_clipnorm": _global_norms,
    "clipvalue": lambda rows: rows.groupby("step").max_abs.max(),
}
"""For each setting what is compared with it, by step."""
