"""Loads TensorBoard's tab by its entry point, where no framework is installed."""

import importlib.metadata
import importlib.util
import os
import tempfile

os.chdir(tempfile.mkdtemp())
assert not any(map(importlib.util.find_spec, ("tensorflow", "jax", "torch")))
(entry,) = importlib.metadata.entry_points(group="tensorboard_plugins", name="gradwatch")
print(entry.load())
(command,) = importlib.metadata.entry_points(group="console_scripts", name="gradwatch")
assert command.load()(["explain", "GW102"]) == 0
