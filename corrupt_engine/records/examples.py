"""What the corruptions look like: one sample clean and under each of them."""

from typing import NamedTuple

from ..catalogue import Condition


class Example(NamedTuple):
    """The middle of a sample under a condition, as the model saw it before normalization; bytes of an image file."""

    condition: Condition
    id: int
    image: bytes
