"""Several trials (the same conditions with other draws): how far the numbers spread."""

from typing import NamedTuple

import numpy as np


class Spread(NamedTuple):
    """Mean and sample standard deviation over trials.

    Args:
        mean: over the trials.
        std: with n - 1 in the denominator; NaN for one trial.
        trials: how many there are.
    """

    mean: float
    std: float
    trials: int


def spread(values: np.ndarray) -> Spread:
    """Mean and standard deviation of a number over trials.

    Args:
        values: (trials,), at least one.

    Returns:
        The Spread; its standard deviation has n - 1 in the denominator and is NaN for one trial.

    >>> spread(np.array([0.1, 0.3]))
    Spread(mean=0.2, std=0.1414213562373095, trials=2)
    """
    count = len(values)
    return Spread(float(np.mean(values)), float(np.std(values, ddof=1)) if count > 1 else float("nan"), count)
