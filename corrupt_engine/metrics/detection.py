"""Detection under corruption, from scores that a detection library gave for each condition (Michaelis et al. 2019)."""

import numpy as np

from .levels import mean_over_conditions


def mean_performance_under_corruption(scores: np.ndarray) -> np.ndarray:
    """mPC: the mean score (such as mAP) over corruptions and severities.

    Args:
        scores: (..., corruptions, severities), NaN where a corruption lacks a severity.

    Returns:
        (...).

    Source: Michaelis et al. 2019 (arXiv:1907.07484), section 3.2.

    >>> round(float(mean_performance_under_corruption(np.array([[0.4, 0.2], [0.3, 0.1]]))), 6)
    0.25
    """
    return mean_over_conditions(scores)


def relative_performance_under_corruption(scores: np.ndarray, clean: np.ndarray | float) -> np.ndarray:
    """rPC: mPC divided by the clean score.

    Args:
        scores: (..., corruptions, severities), NaN where a corruption lacks a severity.
        clean: (...), the score on the clean images.

    Returns:
        (...), NaN where the clean score is 0.

    Source: Michaelis et al. 2019, section 3.2.

    >>> round(float(relative_performance_under_corruption(np.array([[0.4, 0.2], [0.3, 0.1]]), 0.5)), 6)
    0.5
    """
    kept = mean_performance_under_corruption(scores)
    had = np.broadcast_to(np.asarray(clean, dtype=np.float64), kept.shape)
    result: np.ndarray = np.divide(kept, had, out=np.full(kept.shape, np.nan), where=had > 0)
    return result
