"""Means over conditions where corruptions need not have equally many levels: NaN stands for a level they lack."""

import numpy as np


def mean_over_levels(values: np.ndarray, axis: int = -1) -> np.ndarray:
    """The mean along one axis of the values that are there; without a gap it is `values.mean(axis)` to the last bit.

    Args:
        values: any shape; NaN where a corruption lacks a level.
        axis: -1 for the levels of each corruption, -2 for the corruptions of each level.

    Returns:
        The shape of values less that axis; NaN where nothing is there.

    >>> mean_over_levels(np.array([[0.2, 0.4], [0.6, np.nan]])).round(6).tolist()
    [0.3, 0.6]
    """
    array = np.asarray(values, dtype=np.float64)
    there = ~np.isnan(array)
    if there.all():
        return np.asarray(array.mean(axis))
    count = np.asarray(there.sum(axis))
    total = np.asarray(np.where(there, array, 0.0).sum(axis))
    result: np.ndarray = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return result


def mean_over_conditions(values: np.ndarray) -> np.ndarray:
    """The mean over corruptions of each one's mean over its levels, so that all corruptions weigh equally.

    Args:
        values: (..., corruptions, levels); NaN where a corruption lacks a level.

    Returns:
        (...); without a gap it is `values.mean((-2, -1))` to the last bit.

    >>> float(mean_over_conditions(np.array([[0.2, 0.4], [0.6, np.nan]])).round(6))
    0.45
    """
    array = np.asarray(values, dtype=np.float64)
    if np.isnan(array).any():
        return mean_over_levels(mean_over_levels(array))
    return np.asarray(array.mean((-2, -1)))
