"""What the corruptions look like: one sample clean and under each of them."""

from typing import NamedTuple

from ..catalogue import Condition


class Example(NamedTuple):
    """A sample under a condition as the model saw it (before normalization), small, as the bytes of an image file."""

    condition: Condition
    id: int
    image: bytes
