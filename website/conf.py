"""Sphinx's settings. Run by `python -m website`, in the folder that it makes."""

import sys
from pathlib import Path

import corrupt_engine

sys.path.insert(0, str(Path(__file__).parent))
import docstrings
from sphinx.application import Sphinx

project = "corrupt-engine"
release = version = corrupt_engine.__version__
copyright = "the authors of corrupt-engine; Apache-2.0"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
include_patterns = [
    "*.md",
    "docs/**.md",
    "benchmarks/README.md",
    "benchmarks/results/*.md",
    "examples/reproduce/**.md",
]
html_theme = "furo"
html_title = f"corrupt-engine {release}"
html_copy_source = False
html_show_sourcelink = False

# GitHub's names of headings, which the links between the pages use.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the signature has them
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
napoleon_use_rtype = False
napoleon_use_ivar = True
napoleon_custom_sections = ["Yields"]
add_module_names = False
python_display_short_literal_types = True


def setup(app: Sphinx) -> None:
    """Docstrings are turned into what Sphinx reads before napoleon, whose priority is 500, sees them."""
    app.connect("autodoc-process-docstring", docstrings.process, priority=400)
