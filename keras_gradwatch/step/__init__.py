"""The observed train step: what is measured in it, and how it leaves the step."""
