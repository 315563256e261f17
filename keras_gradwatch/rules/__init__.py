"""The rules: small pure functions from what was measured to findings.

A rule gets a `Window` and gives findings that hold now. It sees no model and no tensor, keeps no
state, and does not ask what was reported before: the `FindingTracker` does. Each threshold is a
keyword parameter whose default is explained where it is documented and on its page, which
`gradwatch explain` prints; `functools.partial` sets another one.
"""

from keras_gradwatch.rules.creeping import creeping
from keras_gradwatch.rules.dead_channels import dead_channels
from keras_gradwatch.rules.exploding import amplified, overshooting
from keras_gradwatch.rules.missing import missing
from keras_gradwatch.rules.non_finite import lost_loss, non_finite
from keras_gradwatch.rules.penalty_only import penalty_only
from keras_gradwatch.rules.saturated import saturated
from keras_gradwatch.rules.standing_still import standing_still
from keras_gradwatch.rules.vanishing import vanishing
from keras_gradwatch.rules.zero import zero

_RULES = (
    missing,
    non_finite,
    lost_loss,
    zero,
    penalty_only,
    amplified,
    overshooting,
    vanishing,
    saturated,
    dead_channels,
    creeping,
    standing_still,
)
"""Causes before what they lead to: of two findings about the same layers the first one leads."""


def default_rules() -> list:
    """Returns the rules that a `GradientWatch` uses unless it is given others.

    Returns:
        A list of functions of a `Window`, each giving findings.

    Example:

    ```python
    rules = [functools.partial(zero, patience=10) if r is zero else r for r in default_rules()]
    watch = GradientWatch(rules=rules)
    ```
    """
    return list(_RULES)
