"""Effective robustness of several reports: each against the line through all of them."""

from collections.abc import Sequence

import numpy as np

from .. import metrics
from ..errors import OptionError
from .estimate import Estimate
from .rates import Rates


def effective_robustness(reports: Sequence[Rates], scale: str = "logit") -> list[Estimate] | None:
    """Accuracy under corruption beyond what the line through all reports predicts.

    The line is fitted again in each resample. Reports of the same images share the resamples.

    Args:
        reports: three or more, of different clean accuracy.
        scale: "logit" or "linear", of the accuracies.

    Returns:
        An estimate a report, on 0..1; None where there is no such line.
    """
    clean, corrupted = zip(*(report.by_metric() for report in reports), strict=True)
    try:
        x, y = (np.array([share.mean() for share in shares]) for shares in (clean, corrupted))
        value = metrics.EffectiveRobustness.fit(x, y, scale)(x, y)
        draws = np.array(
            [metrics.resampled_means(np.stack(pair, axis=1)) for pair in zip(clean, corrupted, strict=True)]
        )
        moved = np.array(
            [
                metrics.EffectiveRobustness.fit(d[:, 0], d[:, 1], scale)(d[:, 0], d[:, 1])
                for d in draws.transpose(1, 0, 2)
            ]
        )
    except OptionError:
        return None
    low, high = metrics.interval(moved)
    return [Estimate(*(part[n] for part in (value, low, high))) for n in range(len(reports))]
