"""Our docstrings as reStructuredText. They are plain text with `code` in single backticks and Google's sections."""

import re
from typing import Any

SPECIAL = re.compile(r"(`[^`]+`)|([\\*|]|_(?=\W|$))")


def process(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """For Sphinx's event autodoc-process-docstring: the lines are changed in place."""
    lines[:] = converted(lines)


def converted(lines: list[str]) -> list[str]:
    """Escaped, but for examples and what is indented below a line that ends in a colon."""
    made, verbatim, depth = [], "", 0
    for n, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        ended = {"example": not line.strip(), "block": bool(line.strip()) and indent <= depth}
        if ended.get(verbatim):
            verbatim = ""
        if line.lstrip().startswith(">>>"):
            verbatim = "example"
        if verbatim:
            made.append(line)
            continue
        text = SPECIAL.sub(lambda m: f"`{m[1]}`" if m[1] else f"\\{m[2]}", line)
        following = lines[n + 1 : n + 3]
        if text.endswith(":") and len(following) == 2 and not following[0].strip():
            below = following[1]
            if below.strip() and len(below) - len(below.lstrip()) > indent and not below.lstrip().startswith(">>>"):
                text, verbatim, depth = text + ":", "block", indent
        made.append(text)
    return made
