"""What is said of random operations that have a stream of their own in each compiled function."""

TWICE = (
    "a sampled batch runs once more for its statistics, with other random numbers than it is "
    "trained with: {} draws from a stream of its own in each compiled function; `keras.random` "
    "with a `SeedGenerator` does not"
)
ALL_ALONG = (
    "{} draws from a stream of its own in each compiled function: the random numbers are those of "
    "a training without the watch only where the watch is there from the first batch on"
)
APART = (
    "{} draws from a stream of its own in each compiled function: with several replicas a sampled "
    "batch is trained with other random numbers than without the watch"
)


def places(found) -> tuple[str, ...]:
    """Returns the operations of some functions, each once.

    Args:
        found: The `Draws` of each function, `None` where there are none.
    """
    return tuple(dict.fromkeys(place for draws in found if draws for place in draws.places))
