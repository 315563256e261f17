"""The rule for weights that get no gradient at all."""

from collections.abc import Iterator

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.window import Window
from keras_gradwatch.rules.grouping import by_layer, named, paths, verb


def missing(window: Window) -> Iterator[Finding]:
    """Finds weights without a gradient: nothing leads from them to the loss.

    There is no patience. Whether a gradient exists is decided when the step is traced, not by the
    batch, so that the first sample is proof.

    Args:
        window: What has been measured so far.
    """
    streak = window.streak("missing")
    for layer, positions in by_layer(window, streak > 0):
        yield Finding(
            "missing",
            code="GW201",
            severity="error",
            weights=paths(window, positions),
            layer=layer,
            message=f"{named(window, positions)} {verb(positions, 'gets', 'get')} no gradient.",
            evidence={"samples": int(streak[positions].max())},
        )
