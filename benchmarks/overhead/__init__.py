"""What a watch costs, beside plain `fit` and what one would write without it."""
