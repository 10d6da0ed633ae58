"""What the sessions of a record say of themselves that only turned out while they ran."""

import json
from collections.abc import Iterable
from typing import Any

AT_ONCE = "images_at_once"
"""The fact that memory ran out, and so many images, at most, were shown to the model at once from there on."""


def least_at_once(sessions: Iterable[tuple[Any, ...]]) -> int | None:
    """The fewest images at once of some rows of the table `session`; None where memory sufficed for whole batches."""
    return min((facts[AT_ONCE] for *_, text in sessions if AT_ONCE in (facts := json.loads(text))), default=None)
