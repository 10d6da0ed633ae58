"""Several trials (the same conditions with other draws): how far the numbers spread."""

from typing import NamedTuple

import numpy as np


class Spread(NamedTuple):
    """Mean and sample standard deviation over trials."""

    mean: float
    std: float
    trials: int


def spread(values: np.ndarray) -> Spread:
    """Mean and standard deviation (n - 1 in the denominator; NaN for one trial) of a number over trials; values (trials,).

    >>> spread(np.array([0.1, 0.3]))
    Spread(mean=0.2, std=0.1414213562373095, trials=2)
    """
    count = len(values)
    return Spread(float(np.mean(values)), float(np.std(values, ddof=1)) if count > 1 else float("nan"), count)
