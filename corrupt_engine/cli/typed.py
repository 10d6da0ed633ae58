"""The command that a person typed, as a record keeps it."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path


def typed(words: Sequence[str], home: str | None = None) -> str:
    """The command line, to be typed again.

    A shell hands over `~/data` as the path of the home folder. That is nobody's business and no use elsewhere, so that
    what begins with it is written with `~` again.

    Args:
        words: those after `corrupt-engine`.
        home: the home folder; default this person's.

    Returns:
        The command, quoted for a shell.

    >>> typed(["evaluate", "timm:resnet50", "/home/ada/my images", "--limit", "9"], home="/home/ada")
    "corrupt-engine evaluate timm:resnet50 ~/'my images' --limit 9"
    """
    start = f"{Path.home() if home is None else home}{os.sep}"
    return " ".join(["corrupt-engine", *(_quoted(word, start) for word in words)])


def _quoted(word: str, start: str) -> str:
    inside = word.startswith(start) and len(start) > 1
    return f"~/{shlex.quote(word[len(start) :])}" if inside else shlex.quote(word)
