"""Whether a model's confidence tells images of no class from those that it knows."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .bootstrap import score_interval


class Taken(NamedTuple):
    """Whom a threshold takes for what they are not.

    Args:
        missed: (N,) bool, the known images that are taken for unknown: false negatives.
        passed: (M,) bool, the unknown ones that are taken for known: false positives.
    """

    missed: np.ndarray
    passed: np.ndarray


class Detection(NamedTuple):
    """Images taken for known where a confidence is above a threshold, the best one.

    Args:
        error: the mean of the two rates, 0..1/2: 1/2 is guessing; NaN where it is undefined.
        low: of its 95 % interval.
        high: likewise.
        threshold: the best one, -infinity where all are taken for known.
        taken: by this threshold.
        unseen: each half of the images by the best threshold of the other half.
    """

    error: float
    low: float
    high: float
    threshold: float
    taken: Taken
    unseen: Taken


def detection_error(known: np.ndarray, unknown: np.ndarray) -> Detection:
    """Out-of-distribution detection error: the mean of the false positive and the false negative rate at the threshold
    that makes it least.

    This is the papers' number, whose threshold is looked for on the images that it is counted on. It is too low for
    that, of a model that guesses by about .4 sqrt(1/N + 1/M) of N and M images. The interval knows of it: its lower end
    is Wilson's about the error, its upper end Wilson's about the error of each half by the threshold of the other. In
    simulation (normal confidences d standard deviations apart, d from 0 to 6, 300 and 200 images up to 2,000 of each)
    it held the true value in 96 to 99 % of 400 samples each; Wilson's about the error alone in 0 to 99 %.

    Args:
        known: (N,) confidences, such as the maximum softmax, in images of the model's classes.
        unknown: (M,) those in images of something else.

    Returns:
        The Detection; undefined where there are no images on a side, or a confidence is NaN. Of equally good thresholds
        it has the lowest.

    Source: Liang, Li and Srikant 2018 (arXiv:1706.02690), section 4; Chun et al. 2020 (arXiv:2003.03879).

    >>> found = detection_error(np.array([0.9, 0.8, 0.4]), np.array([0.3, 0.5]))
    >>> round(found.error, 3), found.threshold, found.taken.missed.tolist()
    (0.167, 0.5, [False, False, True])
    """
    sure, unsure = (np.asarray(values, np.float64) for values in (known, unknown))
    if not len(sure) or not len(unsure) or np.isnan(sure).any() or np.isnan(unsure).any():
        nobody = Taken(np.zeros(len(sure), bool), np.zeros(len(unsure), bool))
        return Detection(*4 * (np.nan,), nobody, nobody)
    threshold = best_threshold(sure, unsure)
    halves = Taken(np.zeros(len(sure), bool), np.zeros(len(unsure), bool))
    for own, other in ((0, 1), (1, 0)):
        chosen = best_threshold(sure[other::2], unsure[other::2])
        halves.missed[own::2], halves.passed[own::2] = sure[own::2] <= chosen, unsure[own::2] > chosen
    found = Detection(np.nan, np.nan, np.nan, threshold, Taken(sure <= threshold, unsure > threshold), halves)
    error, low, high = mean_detection_error([found])
    return found._replace(error=error, low=low, high=high)


def best_threshold(known: np.ndarray, unknown: np.ndarray) -> float:
    """The lowest of those with the least sum of both rates; -infinity where a side has no images."""
    if not len(known) or not len(unknown):
        return -np.inf
    thresholds = np.concatenate([[-np.inf], np.unique(np.concatenate([known, unknown]))])
    below, under = (np.searchsorted(np.sort(values), thresholds, "right") / len(values) for values in (known, unknown))
    return float(thresholds[np.argmin(below - under)])


def mean_detection_error(sets: Sequence[Detection]) -> tuple[float, float, float]:
    """The mean detection error over several sets of unknown images, against the same known ones.

    Args:
        sets: at least one, none of them undefined.

    Returns:
        (error, low, high): with its 95 % interval over the known and the unknown images, as for `detection_error`.
    """
    error, low, _ = about([one.taken for one in sets])
    *_, high = about([one.unseen for one in sets])
    return error, low, max(error, min(high, 0.5))


def about(sets: Sequence[Taken]) -> tuple[float, float, float]:
    """The mean over sets of the mean of both rates, with Wilson's interval by the number of images that its variance is
    worth.
    """
    each = np.mean([one.missed for one in sets], axis=0)  # of a known image the share of the sets where it is missed
    rates = [one.passed.mean() for one in sets]
    variance = each.var() / len(each) / 4
    variance += sum(p * (1 - p) / len(one.passed) for p, one in zip(rates, sets, strict=True)) / (2 * len(sets)) ** 2
    error = (each.mean() + np.mean(rates)) / 2
    behind = min(len(each), *(len(one.passed) for one in sets))
    low, high = score_interval(np.asarray(error), np.asarray(variance), behind)
    return float(error), float(low), float(high)
