"""What a loader was given, as a Source: the kinds of source, each with the function that knows its own.

A kind is added where it is defined, by a function under `@opener`; nothing keeps a second list.
"""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

from ..errors import SourceError
from ..runtime.checks import check_path
from .protocol import Source

Open = Callable[[Any], Source | None]


class Opener(NamedTuple):
    """A function that makes a source of what it knows, and None of anything else; what it knows, in words."""

    open: Open
    words: str
    rank: int


OPENERS: list[Opener] = []


def opener(words: str, *, rank: int = 0) -> Callable[[Open], Open]:
    """Register the decorated function as one that opens a kind of source.

    Args:
        words: what it takes, for the message when nothing fits: "a folder of class folders".
        rank: those of a higher one are asked later, because they take what others may know better: any path, any
            sequence. Of two equal ones the newer is asked first.

    Returns:
        A decorator, which gives the function itself back.
    """

    def register(function: Open) -> Open:
        OPENERS.insert(0, Opener(function, words, rank))
        return function

    return register


def open_source(source: Any) -> Source:
    """A Source of whatever a loader is given.

    Args:
        source: a Source, which comes back as it is, or anything that a function under `@opener` knows: a folder of
            class folders, a list of (path, label) pairs, tar shards, arrays, a .npy file, a Hugging Face or torch
            Dataset.

    Returns:
        The Source.

    Raises:
        SourceError: nothing knows it, or it cannot be used; what is accepted is in the message.
    """
    if isinstance(source, Source):
        return source
    if isinstance(source, (bytes, os.PathLike)):
        source = check_path("source", source)
    for kind in sorted(OPENERS, key=lambda kind: kind.rank):
        found = kind.open(source)
        if found is not None:
            return found
    *others, end = (kind.words for kind in sorted(OPENERS, key=lambda kind: kind.rank))
    raise SourceError(f"a source cannot be made of {type(source).__name__}; pass {', '.join(others)}, or {end}")
