"""Confident mistakes, with both images: what a record keeps of them."""

from typing import NamedTuple

from ..catalogue import Condition


class Mistake(NamedTuple):
    """An image that was classified right when clean and wrong under a condition."""

    condition: Condition
    id: int
    label: int
    prediction: int
    confidence: float
    clean_confidence: float


class ImagePair(NamedTuple):
    """A mistake with both images as the model saw them (before normalization), as the bytes of an image file."""

    mistake: Mistake
    name: str
    clean: bytes
    corrupted: bytes
