"""Stability along the frames of a sequence. Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 4."""

import numpy as np

FARTHEST = 15
"""The top-5 distance of two predictions whose five likeliest classes are all others."""


def flip_shares(predictions: np.ndarray, against: str) -> np.ndarray:
    """How many of a sequence's frames are predicted otherwise than the frame that they are compared with.

    Args:
        predictions: (..., frames, N) whole numbers: the classes, below 0 where a prediction is none. Such a one equals
            no other.
        against: "first" or "previous". Noises, whose frames have no order, are compared with the first.

    Returns:
        (..., N) float64 on 0..1, the share of all frames but the first; NaN of a sequence of one frame.

    >>> flip_shares(np.array([[5], [5], [7], [5]]), "first").round(3).tolist()
    [0.333]
    >>> flip_shares(np.array([[5], [5], [7], [5]]), "previous").round(3).tolist()
    [0.667]
    """
    later = predictions[..., 1:, :]
    before = predictions[..., :1, :] if against == "first" else predictions[..., :-1, :]
    if not later.shape[-2]:
        return np.full(predictions.shape[:-2] + predictions.shape[-1:], np.nan)
    flipped: np.ndarray = ((later != before) | (later < 0)).mean(-2)
    return flipped


def flip_rates(flips: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Flip probabilities as shares of a reference model's.

    Args:
        flips: (..., corruptions), on 0..1.
        reference: (corruptions,), those of the reference model.

    Returns:
        (..., corruptions); NaN where the reference never flips.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(reference > 0, flips / reference, np.nan)


def top5_distances(rankings: np.ndarray, against: str) -> np.ndarray:
    """How far the five likeliest classes move from frame to frame.

    The i-th likeliest class of the frame that is compared with, i from 1 to 5, adds the number of places that lie
    between place i and the one that it has now; all from the sixth on are one.

    Args:
        rankings: (..., frames, N, classes) whole numbers: the classes of each prediction from the likeliest on, all of
            them or at least five; below 0 where a prediction is none. Such a one is as far from every other as can be.
        against: "first" or "previous".

    Returns:
        (..., N) float64 on 0..15, the mean over all frames but the first; NaN of a sequence of one frame.

    >>> frames = np.array([[[3, 1, 4, 0, 2, 5]], [[1, 3, 4, 0, 2, 5]], [[1, 3, 4, 0, 5, 2]]])
    >>> top5_distances(frames, "previous").tolist()
    [1.5]
    """
    five = rankings[..., :5]
    later = five[..., 1:, :, :]
    before = five[..., :1, :, :] if against == "first" else five[..., :-1, :, :]
    if not later.shape[-3]:
        return np.full((*rankings.shape[:-3], rankings.shape[-2]), np.nan)
    # [.., i, k]: the i-th likeliest before is the k-th now
    same = (before[..., :, None] == later[..., None, :]) & (later[..., None, :] >= 0)
    place = np.where(same.any(-1), same.argmax(-1), 5)
    total: np.ndarray = np.abs(np.arange(5) - place).sum(-1).mean(-2)
    return total
