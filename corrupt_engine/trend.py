"""Effective robustness of several reports: each against the line through all of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from . import metrics
from .catalogue import CLEAN
from .errors import OptionError
from .summary import Estimate

if TYPE_CHECKING:
    from .report import Report


def effective_robustness(reports: Sequence["Report"], scale: str = "logit") -> list[Estimate] | None:
    """Accuracy under corruption beyond what the line through all reports predicts, with intervals; None where there is no such line.

    The line is fitted again in each resample. Reports of the same images share the resamples.
    """
    clean = [report.answers[CLEAN].correct.astype(np.float64) for report in reports]
    corrupted = [np.mean([a.correct for c, a in report.answers.items() if c != CLEAN], axis=0) for report in reports]
    try:
        value = metrics.EffectiveRobustness.fit([c.mean() for c in clean], [c.mean() for c in corrupted], scale)(
            np.array([c.mean() for c in clean]), np.array([c.mean() for c in corrupted])
        )
        draws = np.array([metrics.resampled_means(np.stack(pair, axis=1)) for pair in zip(clean, corrupted, strict=True)])
        moved = np.array([metrics.EffectiveRobustness.fit(d[:, 0], d[:, 1], scale)(d[:, 0], d[:, 1]) for d in draws.transpose(1, 0, 2)])
    except OptionError:
        return None
    low, high = metrics.interval(moved)
    return [Estimate(*(part[n] for part in (value, low, high))) for n in range(len(reports))]
