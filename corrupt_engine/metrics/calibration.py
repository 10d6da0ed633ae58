"""Whether a model is right as often as it is sure."""

import numpy as np

BINS = 20
"""Bins of equal width on 0..1 (Guo et al. 2017, who use 15; 20 as in Chun et al. 2019)."""


def bin_of(confidence: np.ndarray, bins: int = BINS) -> np.ndarray:
    """The bin of each confidence: bin b holds (b / bins, (b + 1) / bins], and 0 belongs to the first.

    Args:
        confidence: on 0..1; any shape.
        bins: how many.

    Returns:
        Integers 0..bins-1 of that shape.

    >>> bin_of(np.array([0.0, 0.05, 0.051, 1.0])).tolist()
    [0, 0, 1, 19]
    """
    edges = np.linspace(0.0, 1.0, bins + 1)
    return np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)


def reliability(
    confidence: np.ndarray, correct: np.ndarray, bins: int = BINS
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a calibration curve shows.

    Args:
        confidence: (N,) on 0..1; predictions whose confidence is NaN are left out.
        correct: (N,), whether they were right.
        bins: how many.

    Returns:
        Of each bin (predictions, the sum of their confidences, how many were right), each (bins,) float64.
    """
    usable = ~np.isnan(confidence)
    sure, right = np.asarray(confidence, np.float64)[usable], np.asarray(correct, np.float64)[usable]
    place = bin_of(sure, bins)
    count, total, hits = (np.bincount(place, weights=w, minlength=bins) for w in (np.ones_like(sure), sure, right))
    return count, total, hits


def expected_calibration_error(count: np.ndarray, total: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """ECE: the gap between mean confidence and accuracy of each bin, weighed by the bin's share of the predictions.

    Args:
        count: (..., bins), predictions in each bin, as `reliability` gives them.
        total: (..., bins), the sum of their confidences.
        hits: (..., bins), how many were right.

    Returns:
        (...), NaN where there are no predictions.

    Source: Guo et al. 2017 (arXiv:1706.04599), equation 3.

    >>> float(expected_calibration_error(*reliability(np.array([0.9, 0.9]), np.array([True, False]))))
    0.4
    """
    predictions = np.asarray(count).sum(-1)
    gaps = np.abs(np.asarray(total) - np.asarray(hits)).sum(-1)
    result: np.ndarray = np.divide(gaps, predictions, out=np.full(np.shape(predictions), np.nan), where=predictions > 0)
    return result
