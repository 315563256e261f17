"""What fails inside a hook of the watch must not reach the training."""

import functools
from collections.abc import Callable

from keras_gradwatch.findings import GradientError


def fails_open(hook: Callable) -> Callable:
    """Returns a hook that hands what it raises to `give_up` of its owner.

    A `GradientError` and a warning that is an error were asked for, and go on.
    """

    @functools.wraps(hook)
    def guarded(self, *args, **kwargs):
        try:
            return hook(self, *args, **kwargs)
        except (GradientError, Warning):
            raise
        except Exception as error:
            return self.give_up(error)

    return guarded
