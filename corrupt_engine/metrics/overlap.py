"""Which corruptions measure the same thing: overlap scores (Laugros 2022, chapter 4)."""

import numpy as np

from .corruption import ratio


def own_gains(kept: np.ndarray) -> np.ndarray:
    """What training on a corruption gained under it.

    Args:
        kept: (..., n + 1, n): of a model trained on clean images, then of one trained on each corruption, how much it
            kept under each, more being better: accuracy preserved, or minus residual robustness.

    Returns:
        (..., n).

    Source: Laugros 2022, section 4.2: the denominator of the overlap score.
    """
    gained: np.ndarray = np.diagonal(kept[..., 1:, :], axis1=-2, axis2=-1) - kept[..., 0, :]
    return gained


def overlap_scores(kept: np.ndarray) -> np.ndarray:
    """How much training on one corruption helps under another, beside what training on that one itself does.

    Args:
        kept: (..., n + 1, n), as for `own_gains`.

    Returns:
        (..., n, n), symmetric: from 0, where neither helps under the other, to 1 on the diagonal; above 1 where the
        other helps more than its own. NaN where own training gained nothing.

    Source: Laugros 2022, section 4.2.

    >>> kept = np.array([[0.5, 0.5], [0.8, 0.6], [0.5, 0.9]])  # clean; trained on the first; on the second
    >>> overlap_scores(kept).round(3).tolist()  # 0 and 1/4
    [[1.0, 0.125], [0.125, 1.0]]
    """
    gained = kept[..., 1:, :] - kept[..., :1, :]
    shares = ratio(gained, own_gains(kept)[..., None, :])
    scores: np.ndarray = np.maximum((shares + np.swapaxes(shares, -2, -1)) / 2, 0.0)  # NaN stays NaN
    return scores
