"""What a model predicted, image by image."""

from typing import NamedTuple

import numpy as np

INVALID = -1
"""The prediction and the rank of a prediction that is no prediction: its scores held NaN or +infinity, or -infinity
alone."""


class Predictions(NamedTuple):
    """Predictions on N images under one condition."""

    prediction: np.ndarray
    """(N,) int32: the class with the highest score, the first where several are; INVALID for a useless prediction."""
    confidence: np.ndarray
    """(N,) float32: the probability of that class; NaN for a useless prediction."""
    rank: np.ndarray
    """(N,) int32: how many classes come before the label's, 0 being right; INVALID for a useless prediction."""
    five: np.ndarray | None = None
    """(N, 5) int32: the five likeliest classes, the likeliest first, INVALID for a useless prediction; None where they
    are not kept: benchmarks of frames alone ask for them."""

    @property
    def correct(self) -> np.ndarray:
        """(N,) bool: top-1 right. A useless prediction is wrong."""
        right: np.ndarray = self.rank == 0
        return right

    @property
    def correct5(self) -> np.ndarray:
        """(N,) bool: the label is among the five highest."""
        return (self.rank >= 0) & (self.rank < 5)

    @property
    def invalid(self) -> np.ndarray:
        """(N,) bool: the scores held NaN or +infinity, or -infinity alone."""
        useless: np.ndarray = self.rank == INVALID
        return useless

    def take(self, where: "np.ndarray | slice") -> "Predictions":
        """The predictions at some places."""
        five = None if self.five is None else self.five[where]
        return Predictions(self.prediction[where], self.confidence[where], self.rank[where], five)
