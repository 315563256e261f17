"""The documentation site: `sphinx-build -W docs build/docs`."""

import importlib.metadata
import os
import pathlib
import re
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

project = "keras_gradwatch"
author = copyright = "The keras_gradwatch authors"
release = version = importlib.metadata.version("keras-gradwatch")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}
myst_heading_anchors = 3

# The notebooks keep no outputs: each build runs them, and one that raises fails it.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_output_stderr = "remove"  # What a framework logs when it is loaded.

html_theme = "furo"
html_title = "keras_gradwatch"
html_static_path = ["static"]
html_css_files = ["wide.css"]
copybutton_prompt_text = "$ "

autodoc_member_order = "bysource"
autodoc_typehints = "none"
default_role = "literal"  # Docstrings have code between single backticks, as markdown has.


# The pages of the codes come with the package, for `gradwatch explain`. The other pages link to
# them there, as the host of the repository shows them; here they are pages of the site.
PAGES = pathlib.Path(__file__).parents[1] / "keras_gradwatch" / "explanations"
HERE = pathlib.Path(__file__).parent / "codes"
shutil.rmtree(HERE, ignore_errors=True)
shutil.copytree(PAGES, HERE, ignore=shutil.ignore_patterns("*.py", "__pycache__"))


def _link_to_codes(app, name, source):
    source[0] = re.sub(r"\]\((\.\./)+keras_gradwatch/explanations/", "](/codes/", source[0])


def _fences_to_directives(app, what, name, obj, options, lines):
    """Docstrings have code between fences, as markdown has: Sphinx reads directives."""
    is_code = False
    converted = []
    for line in lines:
        if line.strip().startswith("```"):
            is_code = not is_code
            start = line.replace("```", ".. code-block:: ")
            converted += ["", start, ""] if is_code else [""]
        else:
            converted.append(f"    {line}" if is_code and line else line)
    lines[:] = converted


def setup(app):
    app.connect("source-read", _link_to_codes)
    # Before Napoleon, whose sections the code is in.
    app.connect("autodoc-process-docstring", _fences_to_directives, priority=100)
