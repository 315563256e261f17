"""How often the optimizers clip: the log holds the gradients as they were before."""

import numpy as np

SETTINGS = ("clipnorm", "global_clipnorm", "clipvalue")


def notes(optimizers, table) -> list[str]:
    """Returns a sentence for each optimizer that clips.

    Args:
        optimizers: Keras optimizers.
        table: The log, a `pandas.DataFrame`.
    """
    return [
        _note(optimizer.name, applying, setting, table[table.optimizer == optimizer.name])
        for optimizer in optimizers
        for applying in [getattr(optimizer, "inner_optimizer", optimizer)]
        for setting in SETTINGS
        if getattr(applying, setting)
    ]


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
