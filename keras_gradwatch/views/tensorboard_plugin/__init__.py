"""The tab Gradients of TensorBoard."""

import pathlib

STATIC = pathlib.Path(__file__).parent / "static"
"""The modules and the style of the page."""
