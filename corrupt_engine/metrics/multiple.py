"""Several tests at once."""

import numpy as np


def holm(p_values: np.ndarray) -> np.ndarray:
    """Holm's adjustment: rejecting what then lies below alpha keeps the chance of any false rejection below alpha.

    Args:
        p_values: (K,) on 0..1. NaN is no test: it stays, and does not count.

    Returns:
        (K,), the adjusted p-values.

    Source: Holm 1979, "A simple sequentially rejective multiple test procedure".

    >>> holm(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(values, kind="stable")[: int(np.sum(~np.isnan(values)))]  # NaN comes last
    scaled = values[order] * np.arange(len(order), 0, -1)
    adjusted = np.full_like(values, np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return adjusted
