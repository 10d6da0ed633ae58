"""Whether two sets of predictions on the same images can be one model's."""

import numpy as np

from ..metrics.predictions import Predictions

ANOTHER = 0.05
"""By how much a confidence may differ from the recorded one: the record may be continued on another device or in
another precision, which moves scores of a range of 20 by up to .1, and by that a confidence by up to .025."""


def of_another_model(before: Predictions, after: Predictions) -> str:
    """How predictions differ that one model cannot both have made, on whatever device and in whatever precision.

    Args:
        before: on N images.
        after: on the same ones.

    Returns:
        What differs, in words; "" where it may be one model.
    """
    first, second = before.confidence, after.confidence
    unsure = np.abs(np.where(np.isnan(first), -1.0, first) - np.where(np.isnan(second), -1.0, second))
    # Two classes may be equally likely, and rounding chooses; then both are at most half as likely as not.
    other = before.prediction != after.prediction
    tied = other & (unsure < ANOTHER) & (np.fmax(first, second) < 0.5 + ANOTHER)
    # What is tied by its confidences alone may still be another model: hardly ever is that so of many images.
    if not ((unsure > ANOTHER) | (other & ~tied)).any() and tied.sum() <= max(1, len(tied) // 10):
        return ""
    return (
        f"of {len(other)} images {int(other.sum())} get another class, and confidences differ by up to "
        f"{float(unsure.max()):.2g}"
    )
